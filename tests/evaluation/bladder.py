"""Recurrences of bladder cancer: the 85 patients of Wei, Lin and Weissfeld (1989), JASA 84:1065.

One line per patient: number, treatment (1 placebo, 2 thiotepa), initial tumors, size of the largest
in cm, end of follow-up in months, and the months of up to four recurrences. Laid out for four
possible recurrences each, they are the 340 rows that R survival ships as `bladder`. The end is that
of those rows: a patient with four recurrences is followed to the fourth.
"""

from __future__ import annotations

TABLE = """
1 1 1 3 1 |
2 1 2 1 4 |
3 1 1 1 7 |
4 1 5 1 10 |
5 1 4 1 10 | 6
6 1 1 1 14 |
7 1 1 1 18 |
8 1 1 3 18 | 5
9 1 1 1 18 | 12 16
10 1 3 3 23 |
11 1 1 3 23 | 10 15
12 1 1 1 23 | 3 16 23
13 1 3 1 23 | 3 9 21
14 1 2 3 24 | 7 10 16 24
15 1 1 1 25 | 3 15 25
16 1 1 2 26 |
17 1 8 1 26 | 1
18 1 1 4 26 | 2 26
19 1 1 2 28 | 25
20 1 1 4 29 |
21 1 1 2 29 |
22 1 4 1 29 |
23 1 1 6 30 | 28 30
24 1 1 5 30 | 2 17 22
25 1 2 1 12 | 3 6 8 12
26 1 1 3 31 | 12 15 24
27 1 1 2 32 |
28 1 2 1 34 |
29 1 2 1 36 |
30 1 3 1 36 | 29
31 1 1 2 37 |
32 1 4 1 24 | 9 17 22 24
33 1 5 1 29 | 16 19 23 29
34 1 1 2 41 |
35 1 1 1 43 | 3
36 1 2 6 43 | 6
37 1 2 1 44 | 3 6 9
38 1 1 1 26 | 9 11 20 26
39 1 1 1 48 | 18
40 1 1 3 49 |
41 1 3 1 51 | 35
42 1 1 7 53 | 17
43 1 3 1 51 | 3 15 46 51
44 1 1 1 59 |
45 1 3 2 30 | 2 15 24 30
46 1 1 3 27 | 5 14 19 27
47 1 2 3 13 | 2 8 12 13
48 2 1 3 1 |
49 2 1 1 1 |
50 2 8 1 5 | 5
51 2 1 2 9 |
52 2 1 1 10 |
53 2 1 1 13 |
54 2 2 6 14 | 3
55 2 5 3 7 | 1 3 5 7
56 2 5 1 18 |
57 2 1 3 18 | 17
58 2 5 1 19 | 2
59 2 1 1 21 | 17 19
60 2 1 1 22 |
61 2 1 3 25 |
62 2 1 5 25 |
63 2 1 1 25 |
64 2 1 1 26 | 6 12 13
65 2 1 1 27 | 6
66 2 2 1 29 | 2
67 2 8 3 36 | 26 35
68 2 1 1 38 |
69 2 1 1 32 | 22 23 27 32
70 2 6 1 27 | 4 16 23 27
71 2 3 1 40 | 24 26 29 40
72 2 3 2 41 |
73 2 1 1 41 |
74 2 1 1 43 | 1 27
75 2 1 1 44 |
76 2 6 1 27 | 2 20 23 27
77 2 1 2 45 |
78 2 1 4 46 | 2
79 2 1 4 46 |
80 2 3 3 49 |
81 2 1 1 50 |
82 2 4 1 50 | 4 24 47
83 2 3 4 54 |
84 2 2 1 54 | 38
85 2 1 3 59 |
"""


def patients() -> list[tuple[int, dict[str, float], float, list[float]]]:
    """Number, covariates (rx, size, number), end and recurrences of each."""
    made = []
    for line in TABLE.strip().splitlines():
        head, _, tail = line.partition("|")
        person, rx, number, size, end = (int(word) for word in head.split())
        facts = {"rx": float(rx), "size": float(size), "number": float(number)}
        made.append((person, facts, float(end), [float(word) for word in tail.split()]))
    return made
