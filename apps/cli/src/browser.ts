import open from 'open';

/** Opens a page in the user's browser, or tells why not; the call goes on either way. */
export function openBrowser(url: string, onProblem: (reason: string) => void): void {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    onProblem('no screen to open a browser on');
    return;
  }
  open(url).then(
    (child) => child.on('error', () => onProblem('no browser could be opened')),
    () => onProblem('no browser could be opened'),
  );
}
