// The chart of a customer's months. The same numbers stand below it as a table.
(() => {
  const root = document.documentElement;
  let chart = null;
  let drawn = "";

  function draw(anew) {
    const box = document.getElementById("months-chart");
    if (!box || !window.echarts) return;
    if (!anew && box.dataset.months === drawn && chart && !chart.isDisposed()) return;
    drawn = box.dataset.months;
    const months = JSON.parse(drawn);
    const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
    const quiet = { color: colour("--tblr-secondary") };
    box.classList.add("drawn");
    if (!chart || chart.isDisposed() || chart.getDom() !== box) {
      chart = echarts.init(box, null, { height: 220 });
      new ResizeObserver(() => chart.isDisposed() || chart.resize()).observe(box.parentElement);
    }
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      color: [colour("--tblr-primary")],
      grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", axisPointer: { type: "none" },
        backgroundColor: colour("--tblr-bg-surface"), borderColor: colour("--tblr-border-color"), textStyle: { color: colour("--tblr-body-color") },
        formatter: ([{ dataIndex }]) => `${months[dataIndex][0]}\n${months[dataIndex][2]} · ${months[dataIndex][3]} order${months[dataIndex][3] === 1 ? "" : "s"}`,
      },
      xAxis: { type: "category", data: months.map((each) => each[0]), axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--tblr-border-color") } }, axisLabel: { ...quiet, hideOverlap: true } },
      yAxis: { axisLabel: quiet, splitNumber: 3, splitLine: { lineStyle: { color: colour("--tblr-border-color") } } },
      series: [{ type: "bar", data: months.map((each) => each[1]), barMaxWidth: 26, itemStyle: { borderRadius: [3, 3, 0, 0] } }],
    });
  }

  document.addEventListener("themechange", () => draw(true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(() => draw(true)));
  document.addEventListener("htmx:after:swap", () => draw(false));
  document.addEventListener("htmx:sse:after:message", () => draw(false));
  draw(true);
})();
