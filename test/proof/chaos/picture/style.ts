interface Palette {
  paper: string;
  ink: string;
  faint: string;
  lane: string;
  grid: string;
  shade: string;
  odd: string;
  even: string;
  onTime: string;
  soon: string;
  later: string;
  late: string;
}

const LIGHT: Palette = {
  paper: '#ffffff',
  ink: '#1f2430',
  faint: '#7a8294',
  lane: '#f3f5f9',
  grid: '#dde2ec',
  shade: '#d9534f',
  odd: '#4c6fbf',
  even: '#7a5fb5',
  onTime: '#2f9e63',
  soon: '#b58900',
  later: '#dd7316',
  late: '#c92a2a',
};
const DARK: Palette = {
  paper: '#14171f',
  ink: '#e6e9f0',
  faint: '#8b93a5',
  lane: '#1d222d',
  grid: '#303747',
  shade: '#ff6b6b',
  odd: '#6f92e6',
  even: '#a98bea',
  onTime: '#4cc38a',
  soon: '#e3b341',
  later: '#f59f53',
  late: '#ff6b6b',
};

/** Spelt out and not by variables, which not every viewer of SVG knows. */
const paint = (p: Palette): string => `
text { fill: ${p.ink} } .name, .tick { fill: ${p.faint} } .paper { fill: ${p.paper} } .lane { fill: ${p.lane} }
.grid { stroke: ${p.grid} } .shade { fill: ${p.shade} } .odd { fill: ${p.odd} } .even { fill: ${p.even} }
.epoch { fill: ${p.paper} } .healed { stroke: ${p.onTime} } .on-time { fill: ${p.onTime} } .soon { fill: ${p.soon} }
.later { fill: ${p.later} } .late { fill: ${p.late} }`;

export const STYLE = `
svg { font: 11px system-ui, sans-serif }
.name { text-anchor: end } .tick { text-anchor: middle } .shade { fill-opacity: 0.22 } .fault { font-size: 9px }
.epoch { font-size: 10px } .healed { stroke-dasharray: 4 3 } .heading { font-size: 13px; font-weight: 600 }
${paint(LIGHT)}
@media (prefers-color-scheme: dark) {${paint(DARK)}
}`;
