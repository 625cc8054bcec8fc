// Draw the diagrams in the colours of the page, anew when the reader changes between light and dark.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {
    const chosen = document.body.dataset.theme;
    return chosen === "dark" || (chosen !== "light" && dark.matches);
  };
  let drawn = null;

  async function draw() {
    if (drawn === isDark()) return;
    drawn = isDark();
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      theme: drawn ? "dark" : "neutral",
      fontFamily: getComputedStyle(document.body).fontFamily,
    });
    let number = 0;
    for (const source of document.querySelectorAll(".diagram-source")) {
      const { svg } = await mermaid.render(`diagram${++number}`, source.textContent);
      const figure = source.parentElement;
      figure.querySelector(".diagram-drawing")?.remove();
      const drawing = document.createElement("div");
      drawing.className = "diagram-drawing";
      drawing.setAttribute("role", "img");
      drawing.setAttribute("aria-label", source.dataset.words);
      drawing.innerHTML = svg;
      // The words above say it all: the parts of the drawing would be read out one by one.
      drawing.firstElementChild.setAttribute("aria-hidden", "true");
      drawing.firstElementChild.removeAttribute("role");
      figure.append(drawing);
      source.hidden = true;
    }
    document.documentElement.dataset.diagrams = drawn ? "dark" : "light";
  }

  document.addEventListener("DOMContentLoaded", () => {
    draw();
    dark.addEventListener("change", draw);
    new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
  });
})();
