// A form of the admin is sent once, however often its button is clicked. The server promises the same: it handles the
// form of one page once (forum_site/admin/submissions.py). After Back, the browser asks for the page again and puts back what
// was typed, so the form names the page that it was first: saved once more, it is the same form. In a list, whose rows
// have changed by then, it is another.
const PAUSE = 2000 // ms; a download leaves the page as it is, and then another form may be sent
let sentAt = -PAUSE

const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value
if (token) {
  const first = history.state?.submission ?? token
  history.replaceState({ ...history.state, submission: first }, "")
  for (const form of document.querySelectorAll("form[method=post]:not(#changelist-form)")) {
    const field = document.createElement("input")
    Object.assign(field, { type: "hidden", name: "_submission", value: first })
    form.append(field)
  }
}

document.addEventListener("submit", event => {
  if (event.target.method !== "post" || event.defaultPrevented) return
  if (event.timeStamp - sentAt < PAUSE) return event.preventDefault()
  sentAt = event.timeStamp
})
addEventListener("pageshow", () => { sentAt = -PAUSE })
