"""Names in which nothing can be seen."""

INVISIBLE = ["\u200b", "\u00a0", "\u00ad", "\u2800", "\u3164", "\u115f\u1160", "\ufe0f", "\u0301"]
INVISIBLE += ["\u200d\u200c", "\U000e0041", "\u202e\u202c", "\u2063", "\ufff9\ufffb", "\u3000 "]
