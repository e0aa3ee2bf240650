// Draws a membrane in the page that trimesh.viewer.notebook.scene_to_html makes. That page brings
// three.js as THREE and, once its scene is loaded, the globals scene, camera, controls and render.
"use strict";

const DATA = JSON.parse(document.getElementById("membranes").textContent);
const STICK_NM = 0.014;
const GROUP_NM = 0.17;
const LABEL_NM = 0.4;
const FACETS = 6;
const FIELD_OF_VIEW = 24;
const FADE = 2.0;
const BAR_PIXELS = 65;
const UP = new THREE.Vector3(0, 1, 0);
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const shown = { network: 0, layout: 0, hydrogens: false, sticks: true };
let root, built;

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

function nearestImage(vector, box) {
  vector.x -= box[0] * Math.round(vector.x / box[0]);
  vector.y -= box[1] * Math.round(vector.y / box[1]);
  return vector;
}

function instances(geometry, color, matrices) {
  const material = new THREE.MeshLambertMaterial({ color });
  const mesh = new THREE.InstancedMesh(geometry, material, matrices.length);
  matrices.forEach((matrix, row) => mesh.setMatrixAt(row, matrix));
  mesh.frustumCulled = false;
  return mesh;
}

// Each bond is two half bonds in the colours of its ends, each from its own atom: a bond through
// the periodic boundary shows as two stubs there.
function sticks(membrane) {
  const atoms = [];
  for (let row = 0; row < membrane.elements.length; row++)
    atoms.push(new THREE.Vector3(...membrane.positions_pm.slice(3 * row, 3 * row + 3)).multiplyScalar(1e-3));
  const halves = {}, joints = {};
  const keyOf = (element, hydrogen) => `${element} ${hydrogen}`;
  const add = (store, key, matrix) => (store[key] ??= []).push(matrix);
  for (let k = 0; k < membrane.bonds.length; k += 2) {
    const pair = [membrane.bonds[k], membrane.bonds[k + 1]];
    const hydrogen = pair.some((row) => membrane.elements[row] === "H");
    const along = nearestImage(atoms[pair[1]].clone().sub(atoms[pair[0]]), membrane.box_nm);
    pair.forEach((row, end) => {
      const half = along.clone().multiplyScalar(end ? -0.5 : 0.5);
      const turn = new THREE.Quaternion().setFromUnitVectors(UP, half.clone().normalize());
      const middle = atoms[row].clone().addScaledVector(half, 0.5);
      const size = new THREE.Vector3(STICK_NM, half.length(), STICK_NM);
      add(halves, keyOf(membrane.elements[row], hydrogen), new THREE.Matrix4().compose(middle, turn, size));
    });
  }
  atoms.forEach((atom, row) => {
    const matrix = new THREE.Matrix4().makeScale(STICK_NM, STICK_NM, STICK_NM).setPosition(atom);
    add(joints, keyOf(membrane.elements[row], membrane.elements[row] === "H"), matrix);
  });
  const made = { heavy: new THREE.Group(), hydrogens: new THREE.Group() };
  const shapes = [[halves, new THREE.CylinderGeometry(1, 1, 1, FACETS, 1, true)],
    [joints, new THREE.IcosahedronGeometry(1, 1)]];
  for (const [store, geometry] of shapes)
    for (const [key, matrices] of Object.entries(store)) {
      const [symbol, hydrogen] = key.split(" ");
      made[hydrogen === "true" ? "hydrogens" : "heavy"].add(instances(geometry, DATA.colors[symbol], matrices));
    }
  return made;
}

function spheres(layout) {
  const group = new THREE.Group();
  for (const [kind, xyz] of Object.entries(layout.groups_pm)) {
    const matrices = [];
    for (let k = 0; k < xyz.length; k += 3)
      matrices.push(new THREE.Matrix4().makeScale(GROUP_NM, GROUP_NM, GROUP_NM)
        .setPosition(xyz[k] * 1e-3, xyz[k + 1] * 1e-3, xyz[k + 2] * 1e-3));
    group.add(instances(new THREE.SphereGeometry(1, 20, 14), DATA.colors[kind], matrices));
  }
  return group;
}

function words(text, place, color) {
  const canvas = element("canvas", { width: 512, height: 128 });
  const pen = canvas.getContext("2d");
  pen.font = "72px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = color;
  pen.fillText(text, 256, 64);
  const material = new THREE.SpriteMaterial({ map: new THREE.CanvasTexture(canvas), transparent: true });
  const sprite = new THREE.Sprite(material);
  sprite.scale.set(4 * LABEL_NM, LABEL_NM, 1);
  sprite.position.copy(place);
  return sprite;
}

function frame(membrane, ink) {
  const [x, y] = membrane.box_nm, [low, high] = membrane.z_nm;
  const group = new THREE.Group();
  const box = new THREE.Box3(new THREE.Vector3(0, 0, low), new THREE.Vector3(x, y, high));
  group.add(new THREE.Box3Helper(box, new THREE.Color(ink)));
  group.add(words("feed", new THREE.Vector3(x / 2, y / 2, low - 2 * LABEL_NM), ink));
  group.add(words("permeate", new THREE.Vector3(x / 2, y / 2, high + 2 * LABEL_NM), ink));
  return group;
}

function lookFromSide() {
  const { box_nm: [x, y], z_nm: [low, high] } = DATA.networks[shown.network];
  const tall = x / 2, wide = (high - low) / 2 + 4 * LABEL_NM;
  camera.fov = FIELD_OF_VIEW;
  const slope = Math.tan((camera.fov * Math.PI) / 360);
  const free = 1 - (2 * BAR_PIXELS) / window.innerHeight;
  const away = y / 2 + Math.max(tall / (slope * free), wide / (slope * camera.aspect));
  controls.target.set(x / 2, y / 2, (low + high) / 2);
  camera.up.set(1, 0, 0);
  camera.position.set(x / 2, y / 2 + away, (low + high) / 2);
  camera.near = 0.05;
  camera.far = 20 * away;
  camera.updateProjectionMatrix();
  controls.update();
  // What lies behind fades toward the background: lines alone give no depth.
  scene.fog = new THREE.Fog(scene.background, away - y / 2, away + FADE * y);
  render();
}

function draw() {
  const membrane = DATA.networks[shown.network];
  const ink = dark.matches ? "#e6e8ea" : "#1b1f24";
  scene.background.set(dark.matches ? "#1d2126" : "#ffffff");
  scene.fog.color = scene.background;
  built[shown.network] ??= { sticks: sticks(membrane), layouts: membrane.layouts.map(spheres) };
  const parts = built[shown.network];
  root.clear();
  if (shown.sticks) root.add(parts.sticks.heavy);
  if (shown.sticks && shown.hydrogens) root.add(parts.sticks.hydrogens);
  if (shown.layout < parts.layouts.length) root.add(parts.layouts[shown.layout]);
  root.add(frame(membrane, ink));
  controlsBar();
  render();
}

function choice(text, on, act) {
  const button = element("button", { textContent: text, type: "button", onclick: () => { act(); draw(); } });
  button.setAttribute("aria-pressed", String(on));
  return button;
}

function controlsBar() {
  const membrane = DATA.networks[shown.network];
  const bar = element("div", { id: "bar" });
  if (DATA.networks.length > 1)
    bar.append(element("span", {}, ...DATA.networks.map((network, row) =>
      choice(network.name, row === shown.network, () => { shown.network = row; }))));
  const none = membrane.layouts.length;
  bar.append(element("span", {},
    ...membrane.layouts.map((layout, row) => choice(layout.name, row === shown.layout, () => { shown.layout = row; })),
    choice("neutral", shown.layout >= none, () => { shown.layout = none; })));
  bar.append(element("span", {},
    choice("network", shown.sticks, () => { shown.sticks = !shown.sticks; }),
    choice("hydrogens", shown.hydrogens, () => { shown.hydrogens = !shown.hydrogens; }),
    choice("side view", false, lookFromSide)));
  const key = element("div", { id: "key" });
  const layout = membrane.layouts[shown.layout];
  for (const [kind, xyz] of Object.entries(layout ? layout.groups_pm : {})) {
    const dot = element("i");
    dot.style.background = DATA.colors[kind];
    key.append(element("span", {}, dot, `${DATA.labels[kind]}: ${xyz.length / 3}`));
  }
  for (const symbol of ["C", "N", "O"].concat(shown.hydrogens ? ["H"] : [])) {
    const dash = element("b");
    dash.style.background = DATA.colors[symbol];
    key.append(element("span", {}, dash, symbol));
  }
  document.getElementById("bar")?.remove();
  document.getElementById("key")?.remove();
  document.body.append(bar, key);
}

function start() {
  scene.children.filter((child) => !child.isLight).forEach((child) => { child.visible = false; });
  tracklight.intensity = 0.65;
  scene.add(new THREE.AmbientLight(0xffffff, 0.4));
  root = new THREE.Group();
  built = [];
  const kinds = DATA.networks[0].layouts.map((layout) => Object.keys(layout.groups_pm).length);
  shown.layout = Math.max(0, kinds.indexOf(Math.max(...kinds)));
  scene.add(root);
  dark.addEventListener("change", draw);
  // A page in an iframe learns its size late.
  window.addEventListener("resize", lookFromSide);
  lookFromSide();
  draw();
  document.body.dataset.ready = "yes";
}

if (typeof renderer === "undefined")
  document.body.append(element("p", {
    textContent: "The 3-D view needs WebGL, which this browser does not offer. The figure of the "
      + "charge layouts shows the same groups.",
  }));
else {
  const waiting = setInterval(() => {
    if (typeof controls === "undefined") return;
    clearInterval(waiting);
    start();
  }, 30);
}
