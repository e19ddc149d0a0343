/* Around a button that prints the page. Until it is defined, and with scripts off, ways-out.css hides it in its place. */
customElements.define(
  "print-button",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", () => window.print());
    }
  },
);
