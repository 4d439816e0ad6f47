import {
  announceServer,
  serverUrl,
  type LinkOptions,
  type ServerDescription,
} from '@hellohaybye/signaling/discovery';
import { seconds } from '@hellohaybye/core';
import { startSignalingServer } from '@hellohaybye/signaling/server';
import { ownCertificate } from './own-certificate.js';
import { hostOf } from './settings/media-host.js';

/** A signaling server inside this process. */
export interface Hosted {
  /** Where this process reaches it; with the pin of its certificate, where it has one. */
  url: string;
  port: number;
  /** The pin of its certificate; undefined where it speaks ws. */
  pin: string | undefined;
  /** What is announced of it; nothing when it is hidden. */
  announced: ServerDescription | undefined;
  /**
   * Takes the announcement back, tells who is connected, and ends the server.
   * @param movedTo the url of the server where its rooms go on, if they do
   */
  close(movedTo?: string): Promise<void>;
}

/** How a server is hosted. */
export interface HostingOptions {
  /** 0 for any. */
  port: number;
  /** The only local address to use, if there is one. */
  address: string | undefined;
  /** Whether it speaks wss, with the user's own certificate. */
  tls: boolean;
  /** On which links it is announced; on none when undefined. */
  announceOn: LinkOptions | undefined;
  /** A name to announce it with. */
  announceName: string | undefined;
  /** The instance of the participant that this process is. */
  hostedBy: string;
}

/**
 * Hosts a server for everybody who can reach this machine, and for as long as this process lives.
 * @throws HhbError `port-in-use` when something else holds the port; about the certificate as `keepCertificate`
 */
export async function hostServer(options: HostingOptions): Promise<Hosted> {
  const { port, hostedBy } = options;
  const host = options.address ?? '::';
  const kept = options.tls ? await ownCertificate() : undefined;
  const pin = kept?.pin;
  const tls = kept && { cert: kept.cert, key: kept.key };
  const server = await startSignalingServer({ ...{ host, port, hostedBy }, ...pings, ...(tls && { tls }) });
  const { announceOn, announceName } = options;
  const announcement =
    announceOn &&
    announceServer({
      ...{ ...announceOn, port: server.port, host: server.host, kind: 'participant' },
      ...(pin !== undefined && { pin }),
      ...(announceName !== undefined && { announceName }),
    });
  return {
    url: serverUrl(hostOf(options.address ?? '127.0.0.1'), server.port, pin),
    port: server.port,
    pin,
    announced: announcement?.description,
    async close(movedTo) {
      await announcement?.close();
      await server.close(movedTo);
    },
  };
}

/** By three missing pings clients notice a machine that went off the network, which closes no connection. */
const pings = { keepalive: seconds(1), pingTimeout: seconds(6) };
