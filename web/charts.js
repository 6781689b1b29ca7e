// The charts that the pages draw, and nothing else of ECharts. On canvas: its SVG sets style attributes, which the
// content security policy forbids.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);
window.echarts = echarts;
