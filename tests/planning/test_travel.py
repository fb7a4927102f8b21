"""Travel by graph, matrix and extract, against ways added up by hand; and a city of JEMSS files."""

import csv
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tandem.planning.jemss import DAY, duration_of, read_jemss, tables_of, value_of
from tandem.planning.model import Plan, compile_plan
from tandem.planning.scenario import Place, Scenario, ScenarioError, Spot, Travel
from tandem.planning.simulate import simulate, trace
from tandem.planning.travel.graph import read_graph
from tandem.planning.travel.osm import BACKWARD, BOTH, FORWARD, direction_of, read_osm, speed_of
from tandem.planning.travel.plane import to_km
from tandem.planning.twin import simulate_in_simpy
from tests.planning.worlds import known_city

DATA = Path(os.environ.get("TANDEM_TEST_DATA", "nowhere")) / "data"
# A square of 2 km with a one-way short cut from a to d; minutes as written.
NODES = "id,x,y\na,0,0\nb,2,0\nc,0,2\nd,2,2\n"
ARCS = "from,to,minutes\na,b,4\nb,a,4\nb,d,3\nd,b,3\na,c,5\nc,a,5\nc,d,9\nd,c,1\na,d,6\na,d,8\n"


def on_graph(folder: Path, nodes: str = NODES, arcs: str = ARCS) -> Scenario:
    """The known city's rules with two places on a graph, its posts at a and c."""
    (folder / "nodes.csv").write_text(nodes)
    (folder / "arcs.csv").write_text(arcs)
    city = known_city(5_000, "24/7")
    return replace(
        city,
        places=(Place("at b", "b", (2, 0.1, 2, 0.1)), Place("at d", "d", (2, 2, 2, 2))),
        posts=(Spot("a", 0, 0), Spot("c", 0, 2)),
        teams=tuple(replace(t, posts=(p,)) for t, p in zip(city.teams, "aca", strict=True)),
        demand=(replace(city.demand[0], places=(("at b", 1.0), ("at d", 1.0))),),
        hospitals=(Spot("h", 0, 2),),
        dispositions=(replace(city.dispositions[0], hospital="h"),),
        travel=Travel(
            by="graph",
            nodes=str(folder / "nodes.csv"),
            arcs=str(folder / "arcs.csv"),
            minutes_per_km=10.0,
        ),
    )


def test_shortest_ways_over_a_graph(tmp_path: Path) -> None:
    plan = compile_plan(on_graph(tmp_path))
    # From a: b is 4 away and 0.1 km more; d is 6 by the short cut. From c: a b is 9, d is 9.
    assert np.allclose(plan.roads.minutes[0], [[4 + 1, 6], [5 + 4 + 1, 9]])
    # To the hospital at c: from b by d, 3 + 1, and the 0.1 km; from d 1. Back to a: 5.
    assert np.allclose(plan.roads.to_hospital[0], [[1 + 3 + 1, 1]])
    assert np.allclose(plan.roads.from_hospital[0], [[5, 0]])


def test_the_twin_drives_the_same_ways(tmp_path: Path) -> None:
    same_in_both(compile_plan(replace(on_graph(tmp_path), after_call="drives-back")))


def same_in_both(plan: Plan) -> None:
    """Kernel and twin agree about one replication."""
    calls, shifts, answers = trace(plan, seed=1, replication=0)
    twin = simulate_in_simpy(plan, calls, shifts)
    for name in answers._fields:
        assert np.allclose(getattr(answers, name), getattr(twin, name), atol=1e-8), name


@pytest.mark.parametrize(
    ("nodes", "arcs", "words"),
    [
        (NODES.replace("a,0,0", "a,40,0").replace("c,0,2", "c,40,2"), ARCS, "'a' is off the graph"),
        (NODES, ARCS + "a,e,1\n", "node 'e' is not in nodes.csv"),
        (NODES, ARCS + "a,b,-1\n", "-1 minutes is no travel time"),
        (NODES, "from,to,minutes\na,b,1\n", "No road of the graph joins the post 'a'"),
        (NODES, "from,to\na,b\n", "lacks the column 'minutes'"),
        (NODES.replace("2,2", "2,far"), ARCS, "'far' is not a number"),
        (NODES + "a,1,1\n", ARCS, "node 'a' is there twice"),
        (NODES, ARCS + "a,b,1e308\n", "1e\\+308 minutes is no travel time"),
    ],
)
def test_a_bad_graph_is_one_sentence(tmp_path: Path, nodes: str, arcs: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words) as refused:
        compile_plan(on_graph(tmp_path, nodes, arcs))
    assert str(refused.value).count(".") <= 4


def test_minutes_from_a_matrix(tmp_path: Path) -> None:
    table = tmp_path / "minutes.csv"
    rows = [("a", "at b", 3), ("a", "at d", 7), ("c", "at b", 8), ("c", "at d", 2)]
    rows += [("at b", "h", 11), ("at d", "h", 12), ("h", "a", 13), ("h", "c", 14)]
    table.write_text("from,to,minutes\n" + "".join(f"{a},{b},{m}\n" for a, b, m in rows))
    matrix = replace(
        on_graph(tmp_path), travel=Travel(by="matrix", file=str(table), factor={"high": 0.5})
    )
    plan = compile_plan(matrix)
    assert plan.roads.minutes.tolist() == [[[3, 7], [8, 2]]]
    assert plan.roads.to_hospital.tolist() == [[[11, 12]]]
    assert plan.crews.home[:, 0].tolist() == [[6.5, 7.0, 6.5], [13, 14, 13]]
    same_in_both(plan)
    table.write_text("from,to,minutes\na,at b,3\n")
    with pytest.raises(ScenarioError, match="no line from 'a' to 'at d'"):
        compile_plan(matrix)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a,at b,-1", "line 3: -1 minutes is no travel time"),
        ("a,at b,1e308", r"line 3: 1e\+308 minutes is no travel time"),
        ("a,at b,nan", "line 3: 'nan' is not a number"),
        ("a,at b,4", "line 3: from 'a' to 'at b' it is 4 minutes here and 3 before"),
        ("a", "line 3: the line is torn"),
        ("x" * 200_000 + ",b,1", "cannot be read as CSV"),
    ],
)
def test_a_bad_matrix_is_one_sentence(tmp_path: Path, line: str, words: str) -> None:
    table = tmp_path / "minutes.csv"
    table.write_text(f"from,to,minutes\na,at b,3\n{line}\n")
    matrix = replace(on_graph(tmp_path), travel=Travel(by="matrix", file=str(table)))
    # Reading a history elsewhere in this process may have allowed longer cells.
    before = csv.field_size_limit(131_072)
    try:
        with pytest.raises(ScenarioError, match=words):
            compile_plan(matrix)
    finally:
        csv.field_size_limit(before)


def test_degrees_become_kilometers() -> None:
    # A degree of latitude is 111.2 km on a sphere; one of longitude at 60 degrees half of it.
    x, y = to_km(np.array([24.0, 25.0]), np.array([60.0, 61.0]), True, (24.0, 60.0))
    assert x[1] == pytest.approx(55.6, abs=0.05)
    assert y[1] == pytest.approx(111.2, abs=0.05)


def test_what_mapped_roads_say() -> None:
    assert speed_of("residential", "30 mph") == pytest.approx(48.28, abs=0.01)
    assert speed_of("primary", "signals") == speed_of("primary", None)
    assert direction_of("residential", "-1", None) == BACKWARD
    assert direction_of("residential", None, "roundabout") == FORWARD
    assert direction_of("residential", "no", None) == BOTH


def test_an_extract_becomes_a_graph_that_hangs_together() -> None:
    extract = DATA / "geo" / "osm" / "Helsinki.osm.pbf"
    if not extract.is_file():
        pytest.skip("skipped: data not present")
    graph = read_osm(extract, 1000.0)
    assert len(graph.x) > 1000
    middle = float(np.median(graph.x)), float(np.median(graph.y))
    assert middle[0] == pytest.approx(24.94, abs=0.1)
    city = known_city(5_000, "24/7")
    spots = [
        Spot(p.name, graph.x[i], graph.y[i]) for i, p in zip((5, 99, 700), city.posts, strict=True)
    ]
    places = [Place(f"{i}", "all", (graph.x[i], graph.y[i]) * 2) for i in (50, 300, 900)]
    scenario = replace(
        city,
        posts=tuple(spots),
        places=tuple(places),
        demand=(replace(city.demand[0], places=tuple((p.name, 1.0) for p in places)),),
        travel=Travel(by="graph", osm=str(extract), coordinates="lonlat", minutes_per_km=1.5),
    )
    plan = compile_plan(scenario)
    east, north = to_km(graph.x, graph.y, True, middle)
    for post, i in enumerate((5, 99, 700)):
        for place, j in enumerate((50, 300, 900)):
            km = np.hypot(east[i] - east[j], north[i] - north[j])
            minutes = plan.roads.minutes[0, post, place]
            assert 1.5 * km * 0.99 <= minutes <= 60, "nothing is quicker than as the crow flies"
    off = replace(scenario, posts=(*scenario.posts[:2], Spot("c", 30.0, 60.0)))
    with pytest.raises(ScenarioError, match="'c' is off the graph"):
        compile_plan(off)


def test_a_torn_extract_is_one_sentence(tmp_path: Path) -> None:
    torn = tmp_path / "torn.osm.pbf"
    torn.write_bytes(b"no map")
    with pytest.raises(ScenarioError, match="cannot be read as OSM PBF"):
        read_osm(torn, 60.0)


def test_a_graph_without_roads_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text(NODES)
    (tmp_path / "a.csv").write_text("from,to,minutes\n")
    with pytest.raises(ScenarioError, match="has no roads"):
        read_graph(tmp_path / "n.csv", tmp_path / "a.csv")


def test_distributions_as_the_format_writes_them() -> None:
    assert value_of("(8-50/60)/60/24") == pytest.approx((8 - 50 / 60) / 1440)
    assert duration_of("Normal(50/60/60/24, 0)").a == pytest.approx(50 / 60)
    assert duration_of("Exponential(12/60/24)").a == pytest.approx(12)
    weibull = duration_of("Weibull(1.5, 18/60/24)")
    assert np.mean(weibull.quantiles) == pytest.approx(
        stats.weibull_min(1.5, scale=18).mean(), rel=0.01
    )
    cut = duration_of("truncated(Exponential(12/60/24), 2/60/24, 30/60/24)").quantiles
    expected = stats.truncexpon(28 / 12, 2, 12).ppf([0.0, 0.25, 0.5, 1.0])
    assert np.allclose([cut[0], cut[100], cut[200], cut[400]], expected)
    for words in ("Zeta(2)", "Exponential(", "__import__('os')", "Normal(1/0, 1)"):
        with pytest.raises(ScenarioError, match="is not one that is known"):
            duration_of(words)


def small_city(folder: Path, **changed: str) -> Path:
    """Four nodes in a row, 6 minutes apart, written in the format by hand."""
    step = 6 / DAY
    files = {
        "stations": "stations,,\nindex,x,y\n1,0,0\n2,3,0\n",
        "hospitals": "hospitals,,\nindex,x,y\n1,3,0\n",
        "ambulances": "ambulances,,\nindex,stationIndex,class\n1,1,1\n2,2,1\n",
        "map": "map,,,,,\nxMin,xMax,yMin,yMax,xScale,yScale\n0,3,0,1,10,10\n",
        "priorities": "priorities,,\npriority,name,targetResponseTime\n"
        "1,highPriority,0.005555556\n2,lowPriority,0.01\n",
        "demand": "demandModes,,,\nmodeIndex,rasterIndex,priority,arrivalRate\n"
        "1,1,highPriority,6\n2,1,lowPriority,4\n\ndemandSets,\nsetIndex,modeIndices\n1,[1; 2]\n",
        "travel": "travelModes,,\ntravelModeIndex,offRoadSpeed\n1,1440\n2,720\n\ntravelSets,,\n"
        "travelSetIndex,priority,travelModeIndex\n1,highPriority,1\n1,lowPriority,2\n",
        "nodes": "nodes,,,\nindex,x,y,offRoadAccess\n1,0,0,1\n2,1,0,1\n3,2,0,0\n4,3,0,1\n",
        "arcs": "miscData,\narcForm,numModes\nundirected,2\n\narcs,,,,\n"
        "index,fromNode,toNode,mode_1,mode_2\n"
        + "".join(f"{i},{i},{i + 1},{step},{2 * step}\n" for i in (1, 2, 3)),
    }
    files.update(changed)
    for name, text in files.items():
        (folder / f"{name}_x.csv").write_text(text)
    (folder / "gen_config.xml").write_text(
        "<genConfig><sim><callDistributions>"
        '<interarrivalTime seed="1">Exponential(1/10)</interarrivalTime>'
        "<dispatchDelay>Normal(2/60/24, 0)</dispatchDelay>"
        "<onSceneDuration>Exponential(12/60/24)</onSceneDuration>"
        "<transport>Bernoulli(0.5)</transport>"
        "<handoverDuration>Weibull(2.5, 34.3/60/24)</handoverDuration>"
        "</callDistributions></sim></genConfig>"
    )
    return folder


def test_another_city_of_the_format_runs(tmp_path: Path) -> None:
    scenario = read_jemss(small_city(tmp_path))
    plan = compile_plan(scenario)
    # Places are the nodes with access: 1, 2 and 4; the second mode is half as quick.
    assert np.allclose(plan.roads.minutes[0], [[0, 6, 18], [18, 12, 0]])
    assert np.allclose(plan.roads.minutes[1], 2 * plan.roads.minutes[0])
    assert np.allclose(plan.roads.to_hospital[0], [[18, 12, 0]])
    assert plan.roads.mode.tolist() == [0, 1]
    assert scenario.calls_per_week == pytest.approx(70)
    assert scenario.demand[0].priority == pytest.approx({"highPriority": 0.6, "lowPriority": 0.4})
    assert scenario.teams[0].turnout == pytest.approx(2)
    assert scenario.target_minutes == pytest.approx(8, abs=1e-5)
    assert any("spread evenly" in words for words in scenario.warnings)
    same_in_both(plan)
    overall = simulate(scenario, replications=20).as_json()["overall"]
    assert overall["calls"]["value"] == pytest.approx(70 * 52, rel=0.03)
    assert overall["reached_share"]["value"] == 1.0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ambulances": "ambulances,,\nindex,stationIndex,class\n1,9,1\n"}, "waits at station 9"),
        ({"travel": "nothing,\na\n1\n"}, "no CSV there begins a table 'travelModes'"),
        ({"arcs": "arcs,,,\nindex,fromNode,toNode,mode_1\n1,1,7,0.1\n"}, "node that is not there"),
        (
            {"demand": "demandModes,,\nmodeIndex,priority,arrivalRate\n1,highPriority,-6\n"},
            "negative rate",
        ),
    ],
)
def test_a_bad_city_is_one_sentence(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        compile_plan(read_jemss(small_city(tmp_path, **changed)))


def test_a_packed_folder_that_cannot_be_unpacked_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_city(tmp_path)
    packed = folder / "more.zip"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.csv", "nothing\n")
        made.writestr("b.csv", "nothing\n")
    whole = packed.read_bytes()
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.find(b"PK\x01\x02") + 8] |= 1
    packed.write_bytes(bytes(locked))
    with pytest.raises(ScenarioError, match=r"more\.zip cannot be read: .*encrypted"):
        read_jemss(folder)
    packed.write_bytes(whole)
    # Each member is small enough, all of them are not.
    monkeypatch.setattr("tandem.planning.jemss.LARGEST_UNPACKED", 15)
    with pytest.raises(ScenarioError, match=r"more\.zip unpacks to more than it may"):
        read_jemss(folder)


def test_tables_of_a_file() -> None:
    found = dict(tables_of("one,,\na,b,\n1,2,\n,,\ntwo\nc\n3\n"))
    assert found == {"one": [{"a": "1", "b": "2"}], "two": [{"c": "3"}]}


def test_auckland_runs_a_year() -> None:
    folder = DATA / "dispatch" / "jemss-auckland"
    if not folder.is_dir():
        pytest.skip("skipped: data not present")
    scenario = read_jemss(folder)
    assert (len(scenario.posts), len(scenario.teams)) == (14, 16)
    plan = compile_plan(scenario)
    calls, shifts, answers = trace(plan, seed=2, replication=0)
    # 280 calls a day, as the demand file's own notes say.
    assert len(calls.at) == pytest.approx(280 * 364, rel=0.02)
    assert (answers.outcome == 0).all()
    assert (answers.arrived - answers.sent >= 50 / 60 - 1e-9).all(), "50 seconds of dispatch"
    assert len(shifts.start) == 2 * 16
