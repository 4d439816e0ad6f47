/** The title of the browser's tab: it takes turns with who calls while somebody does. */
export class Title {
  #title = document.title;
  #caller: string | undefined;
  #timer: number | undefined;

  set(title: string): void {
    this.#title = title;
    if (this.#caller === undefined) document.title = title;
  }

  setCaller(caller: string | undefined): void {
    this.#caller = caller;
    window.clearInterval(this.#timer);
    if (caller === undefined) {
      document.title = this.#title;
      return;
    }
    const calls = `☎ ${caller} is calling`;
    document.title = calls;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    this.#timer = window.setInterval(() => {
      document.title = document.title === calls ? this.#title : calls;
    }, 1000);
  }
}
