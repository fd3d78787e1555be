window.addEventListener("load", () => {
  Redoc.init(
    "/openapi.json",
    { disableSearch: true, hideDownloadButton: false, nativeScrollbars: true, expandResponses: "200,201" },
    document.getElementById("reference"),
  );
});
