// <vitrine-figure src="https://…/embed.html#/v1.…?show=claim,figure" title="…"></vitrine-figure>
// The figure in a frame that is as high as what it shows. It needs nothing else, and asks nobody but the page in the frame.
// A classic script, which another host's page may load without that host being asked for leave; in a block, so that it leaves no names behind.
{
  const LEAST = 80;
  const MOST = 4000;

  class VitrineFigure extends HTMLElement {
    static observedAttributes = ['src', 'title'];

    #frame = null;

    // Only what the frame itself says counts, and only if it is a height.
    #hear = ({ source, origin, data }) => {
      const height = data?.vitrineHeight;
      if (source !== this.#frame?.contentWindow || origin !== this.#origin || !Number.isFinite(height)) return;
      this.#frame.style.height = `${Math.ceil(Math.min(Math.max(height, LEAST), MOST))}px`;
    };

    #origin = null;

    connectedCallback() {
      addEventListener('message', this.#hear);
      this.#show();
    }

    disconnectedCallback() {
      removeEventListener('message', this.#hear);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#show();
    }

    #show() {
      const source = this.getAttribute('src') ?? '';
      const url = URL.canParse(source, document.baseURI) ? new URL(source, document.baseURI) : null;
      if (!url || !/^https?:$/.test(url.protocol) || !url.pathname.endsWith('/embed.html')) {
        this.#frame = null;
        this.replaceChildren('This figure has no address: src= names an embed.html with what is behind its #.');
        return;
      }
      const frame = document.createElement('iframe');
      frame.src = url.href;
      frame.title = this.getAttribute('title') || 'An explanation in Vitrine';
      frame.loading = 'lazy';
      frame.allow = 'clipboard-write';
      frame.style.cssText = 'display:block;width:100%;border:0;height:' + (Number(this.getAttribute('height')) || 320) + 'px';
      this.#origin = url.origin;
      this.#frame = frame;
      this.replaceChildren(frame);
    }
  }

  customElements.define('vitrine-figure', VitrineFigure);
}
