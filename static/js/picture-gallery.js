/* Around a list of links to pictures: opens them one by one in its dialog. With scripts off they are links. */
customElements.define(
  "picture-gallery",
  class extends HTMLElement {
    connectedCallback() {
      this.links = [...this.querySelectorAll(".gallery__link")];
      this.dialog = this.querySelector("dialog");
      this.links.forEach((link, number) => {
        link.addEventListener("click", (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          this.show(number);
          this.dialog.showModal();
        });
      });
      this.on("previous", () => this.show(this.number - 1));
      this.on("next", () => this.show(this.number + 1));
      this.on("close", () => this.dialog.close());
      this.dialog.addEventListener("keydown", (event) => {
        const isRtl = getComputedStyle(this).direction === "rtl";
        const steps = { ArrowLeft: isRtl ? 1 : -1, ArrowRight: isRtl ? -1 : 1 };
        if (event.key in steps) this.show(this.number + steps[event.key]);
      });
      // Back on the page, the reader stands at the picture that was looked at last.
      this.dialog.addEventListener("close", () => this.links[this.number].focus());
    }

    part(name) {
      return this.dialog.querySelector(`[data-${name}]`);
    }

    on(name, act) {
      this.part(name).addEventListener("click", act);
    }

    show(number) {
      this.number = (number + this.links.length) % this.links.length;
      const link = this.links[this.number];
      const picture = link.querySelector("picture").cloneNode(true);
      for (const source of picture.querySelectorAll("[sizes]")) source.sizes = "100vw";
      const image = picture.querySelector("img");
      image.className = "gallery-dialog__picture";
      image.loading = "eager";
      this.part("frame").replaceChildren(picture);
      const caption = link.closest("figure").querySelector("figcaption");
      this.part("caption").replaceChildren(...(caption ? caption.cloneNode(true).childNodes : []));
      this.part("caption").dir = caption?.dir || "auto";
      this.part("number").textContent = this.part("number").dataset.number
        .replace("{number}", this.number + 1)
        .replace("{all}", this.links.length);
    }
  },
);
