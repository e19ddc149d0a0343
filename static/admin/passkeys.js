// Joins the forms with `data-passkey` to the browser's passkeys; without scripts or passkeys they stay hidden.

const ways = { login: "loginForm", authenticate: "authenticateForm", add: "addForm" };
const ids = {
  login: "passkey-button",
  authenticate: "passkey-button",
  add: "passkey-button",
  credential: "passkey-credential",
  passwordless: "id_passwordless",
};
const form = document.querySelector("[data-passkey]");
const options = document.getElementById("passkey-options");
const problem = document.getElementById("passkey-problem");

if (form && window.PublicKeyCredential) {
  form.hidden = false;
  window.allauth.webauthn.forms[ways[form.dataset.passkey]]({
    ids,
    data: options ? JSON.parse(options.textContent) : null,
  });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  problem?.removeAttribute("hidden");
});
