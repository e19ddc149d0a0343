// What is being typed into a form of the admin is kept in this browser until it is saved: through a crash, a lost
// connection or a session that has ended. Whoever opens the form again is offered it. Others at this browser are not.
// Logging out deletes it, since the next person at this browser could read it; the browser asks first.
const script = document.querySelector("script[data-typed-is-deleted]")
const offer = document.querySelector("[data-typed-by]")
const form = document.querySelector("#content-main > form")
const DAYS = 30 * 24 * 3600 * 1000
const SKIPPED = /^(csrfmiddlewaretoken|version_comment|_.*)$/

let hasLoggedOut = false

forgetWhatWasSaved()
document.addEventListener("submit", deleteAtLogout)
if (offer && form?.querySelector(".submit-row [type=submit]") && !form.querySelector("[type=password]")) keepTyping()

// The page right after a save tells of its success. The sign-in and a form with something to mend do not; nor does the
// page on which two saves are settled, which has its own save to wait for.
function forgetWhatWasSaved() {
  const sent = sessionStorage.getItem("sent")
  if (!sent || location.pathname.includes("/settle/")) return
  const isSaved = document.querySelector(".messagelist .success") && !document.querySelector(".errornote")
  if (isSaved) localStorage.removeItem(sent)
  sessionStorage.removeItem("sent")
}

function deleteAtLogout(event) {
  if (!event.target.matches("#logout-form, [data-log-out]")) return
  const own = Object.keys(localStorage).filter(name => name.startsWith(`typed:${script.dataset.user}:`))
  if (own.length && !confirm(script.dataset.typedIsDeleted)) return event.preventDefault()
  hasLoggedOut = true
  for (const name of own) localStorage.removeItem(name)
}

function keepTyping() {
  const key = `typed:${offer.dataset.typedBy}:${location.pathname}`
  let stored = JSON.stringify(written())
  let timer = null

  function written() {
    const values = []
    for (const field of form.elements) {
      if (!field.name || SKIPPED.test(field.name) || field.name.includes("__prefix__")) continue
      if (["file", "submit", "button"].includes(field.type)) continue
      const editor = window.CKEDITOR?.instances[field.id]
      if (field.type === "checkbox" || field.type === "radio") values.push([field.name, field.value, field.checked])
      else if (field.tagName === "SELECT") {
        values.push([field.name, [...field.selectedOptions].map(option => [option.value, option.text])])
      } else values.push([field.name, editor?.checkDirty() ? editor.getData() : field.value]) // Untouched, it writes anew.
    }
    return values
  }

  function keep() {
    const now = JSON.stringify(written())
    if (now === stored || hasLoggedOut) return
    stored = now
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: written() }))
    } catch {
      forgetOldest() // The browser keeps no more: the next change tries again.
    }
  }

  function forgetOldest() {
    const kept = Object.keys(localStorage).filter(name => name.startsWith("typed:") && name !== key)
    kept.sort((one, other) => JSON.parse(localStorage[one]).at - JSON.parse(localStorage[other]).at)
    if (kept.length) localStorage.removeItem(kept[0])
  }

  function later() {
    clearTimeout(timer)
    timer = setTimeout(keep, 1000)
  }

  function offerAgain() {
    const kept = JSON.parse(localStorage.getItem(key))
    if (!kept || form.querySelector(".errornote")) return
    if (Date.now() - kept.at > DAYS) return localStorage.removeItem(key)
    offer.querySelector("time").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang)
    offer.querySelector("[data-take]").addEventListener("click", () => {
      putBack(kept.values)
      offer.hidden = true
    })
    offer.querySelector("[data-drop]").addEventListener("click", () => {
      localStorage.removeItem(key)
      offer.hidden = true
    })
    offer.hidden = false
  }

  function putBack(values) {
    for (const [name, value] of values) {
      if (name.endsWith("-TOTAL_FORMS")) addRows(name.slice(0, -"-TOTAL_FORMS".length), Number(value))
    }
    for (const [name, value, isChecked] of values) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) fill(field, value, isChecked)
    }
    form.dispatchEvent(new Event("input", { bubbles: true }))
  }

  function addRows(prefix, number) {
    const total = form.elements[`${prefix}-TOTAL_FORMS`]
    const add = document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`)
    while (add && Number(total.value) < number) {
      const before = total.value
      add.click()
      if (total.value === before) break
    }
  }

  function fill(field, value, isChecked) {
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.value === value) field.checked = isChecked
    } else if (field.tagName === "SELECT") {
      for (const option of field.options) option.selected = false
      for (const [chosen, text] of value) {
        const known = [...field.options].find(option => option.value === chosen)
        if (known) known.selected = true
        else field.add(new Option(text, chosen, true, true))
      }
      window.django?.jQuery(field).trigger("change")
    } else {
      field.value = value
      window.CKEDITOR?.instances[field.id]?.setData(value)
    }
  }

  form.addEventListener("input", later)
  form.addEventListener("change", later)
  form.addEventListener("click", later) // Rows are added and taken out.
  window.CKEDITOR?.on("instanceReady", ({ editor }) => editor.on("change", later))
  addEventListener("visibilitychange", () => { if (document.hidden) keep() })
  form.addEventListener("submit", event => {
    if (event.submitter?.name === "_preview") return
    stored = null // Even if it was kept already: logging out in another tab has deleted it since.
    keep()
    sessionStorage.setItem("sent", key)
  })
  addEventListener("load", () => {
    stored = JSON.stringify(written()) // Scripts of the admin have set fields of their own.
    offerAgain()
  })
}
