// The chart of revenue by month. The same numbers stand below it as a table.
(() => {
  const root = document.documentElement;
  const box = document.getElementById("revenue-chart");
  if (!box || !window.echarts) return;
  const months = JSON.parse(box.dataset.months);
  const groups = JSON.parse(box.dataset.groups);
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const chart = echarts.init(box, null, { height: 220 });
  new ResizeObserver(() => chart.resize()).observe(box.parentElement);

  function draw() {
    const quiet = { color: colour("--tblr-secondary") };
    const shades = { new: colour("--tblr-green"), returning: colour("--tblr-primary"), unnamed: colour("--tblr-secondary") };
    const shown = Object.keys(groups).filter((key) => months.some((each) => key in each[1]));
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", axisPointer: { type: "none" },
        backgroundColor: colour("--tblr-bg-surface"), borderColor: colour("--tblr-border-color"), textStyle: { color: colour("--tblr-body-color") },
        formatter: ([{ dataIndex }]) => `${months[dataIndex][0]}\n${months[dataIndex][3]}`,
      },
      xAxis: { type: "category", data: months.map((each) => each[0]), axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--tblr-border-color") } }, axisLabel: { ...quiet, hideOverlap: true } },
      yAxis: { axisLabel: quiet, splitNumber: 3, splitLine: { lineStyle: { color: colour("--tblr-border-color") } } },
      series: shown.map((key) => ({ type: "bar", name: groups[key], stack: "revenue", color: shades[key], barMaxWidth: 26, data: months.map((each) => (each[1][key] ?? 0) / each[2]) })),
    });
  }

  document.addEventListener("themechange", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(draw));
  draw();
})();
