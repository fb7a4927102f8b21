"""Forms of the clinical record: definitions, answers, instruments. Plain Python without Django."""
