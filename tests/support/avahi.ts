import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder, type Running } from './cli.js';
import type { Host } from './namespaces.js';

/** An avahi on one host, the other mDNS there is on Linux. */
export interface Avahi {
  /** Starts one of its programs: `avahi-browse`, `avahi-publish`. */
  start(command: string, args: string[]): Running;
}

/** Starts avahi-daemon on a host, with a message bus of its own. Both end with the test. It speaks IPv6 if it is told to. */
export async function startAvahi(host: Host, { ipv6 = false } = {}): Promise<Avahi> {
  const folder = emptyFolder();
  const address = `unix:path=${join(folder, 'bus')}`;
  const env = { DBUS_SYSTEM_BUS_ADDRESS: address };
  const busFile = join(folder, 'bus.conf');
  writeFileSync(busFile, busConfiguration(address));
  const avahiFile = join(folder, 'avahi.conf');
  const lines = [
    '[server]',
    `host-name=${host.name}`,
    `use-ipv6=${ipv6 ? 'yes' : 'no'}`,
    'allow-interfaces=eth0',
  ];
  writeFileSync(avahiFile, [...lines, '[publish]', 'publish-workstation=no', ''].join('\n'));

  const bus = host.start('dbus-daemon', [
    ...[`--config-file=${busFile}`, '--nofork', '--nopidfile', '--print-address'],
  ]);
  await bus.printed(/unix:/, 'stdout');
  // It keeps its process id under /run, where that of the machine's own may lie: this one has a /run of its own.
  const command = 'mount -t tmpfs tmpfs /run && exec avahi-daemon "$@"';
  const flags = ['-f', avahiFile, '--no-drop-root', '--no-chroot', '--no-rlimits'];
  const daemon = host.start('unshare', ['--mount', 'sh', '-c', command, 'sh', ...flags], { env });
  await daemon.printed(/Server startup complete/);
  return { start: (program, args) => host.start(program, args, { env }) };
}

const busConfiguration = (address: string): string => `<!DOCTYPE busconfig PUBLIC
  "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`;
