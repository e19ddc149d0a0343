// Fills the address while the title is typed, until somebody writes an address of their own.
for (const slug of document.querySelectorAll("[data-propose-url]")) {
  const title = document.getElementById(`id_${slug.dataset.proposeFrom}`)
  let proposed = ""
  let timer

  async function propose() {
    if (!title.value.trim() || slug.value !== proposed) return
    const answer = await fetch(`${slug.dataset.proposeUrl}?title=${encodeURIComponent(title.value)}`)
    if (answer.ok && slug.value === proposed) {
      proposed = (await answer.json()).slug
      slug.value = proposed
    }
  }

  title?.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(propose, 300)
  })
}
