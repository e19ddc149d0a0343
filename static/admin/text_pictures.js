// Pictures that are put into a text go to our own upload, which wants the token of the form.
window.CKEDITOR?.on("instanceCreated", ({ editor }) => {
  editor.on("fileUploadRequest", ({ data }) => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")
    data.fileLoader.xhr.setRequestHeader("X-CSRFToken", token.value)
  })
})
