// Fills the address while the title is typed, until somebody writes an address of their own.
for (const slug of document.querySelectorAll("[data-propose-url]")) {
  const title = document.getElementById(`id_${slug.dataset.proposeFrom}`)
  let proposed = ""
  let timer
  let isSent = false

  async function propose() {
    if (!title.value.trim() || slug.value !== proposed) return
    const answer = await fetch(`${slug.dataset.proposeUrl}?title=${encodeURIComponent(title.value)}`)
    const found = answer.ok ? (await answer.json()).slug : ""
    if (found && slug.value === proposed && !isSent) slug.value = proposed = found
  }

  // After Back, the browser restores the fields as they are when the page is left: they must be what was sent, so that
  // the same form saved again is recognized.
  slug.form.addEventListener("submit", () => { isSent = true })
  addEventListener("pageshow", () => { isSent = false })

  title?.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(propose, 300)
  })
}
