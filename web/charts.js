// The charts that the pages draw, and nothing else of ECharts. On canvas: its SVG sets style attributes, which the
// content security policy forbids.
import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GridComponent, TooltipComponent, CanvasRenderer]);
window.echarts = { init };
