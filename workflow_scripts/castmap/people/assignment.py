"""One assignment of names to the characters of a film, and how sure each name is.

A character is one of the known people or none of them. Two characters that are seen at once cannot
be one person. Everything else is independent, so that the characters' odds, multiplied, are those
of an assignment.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

NOBODY = -1  # in place of a person's number: the character is none of the known people
_NEGLIGIBLE = 1e-6  # a probability that changes nobody else's
_ROUNDS = 50
_SETTLED = 1e-9
_STEP = 0.5  # of the way to the new messages; loops of characters would else swing


def most_probable(log_odds: np.ndarray, conflicts: np.ndarray) -> np.ndarray:
    """The most probable assignment as a whole.

    Args:
        log_odds: float [k, p], of each character being each person against being nobody; -inf
            where it cannot be.
        conflicts: int [c, 2], pairs of characters that are two people.

    Returns:
        int [k], a person or NOBODY. Of equally probable ones the first person.
    """
    one, person = np.nonzero(log_odds > 0)  # any other is less probable than nobody
    assigned = np.full(len(log_odds), NOBODY)
    if not len(one):
        return assigned
    place = {pair: i for i, pair in enumerate(zip(one.tolist(), person.tolist(), strict=True))}
    rows = [[i for i in range(len(one)) if one[i] == c] for c in np.unique(one)]
    for a, b in conflicts.tolist():
        both = np.flatnonzero((log_odds[a] > 0) & (log_odds[b] > 0)).tolist()
        rows += [[place[a, p], place[b, p]] for p in both]
    row = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
    at_most_one = coo_array((np.ones(len(row)), (row, np.concatenate(rows).astype(int))))
    found = milp(
        -log_odds[one, person],
        integrality=np.ones(len(one)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(at_most_one, ub=1),
    )
    chosen = found.x > 0.5
    assigned[one[chosen]] = person[chosen]
    return assigned


def probabilities(log_odds: np.ndarray, conflicts: np.ndarray) -> np.ndarray:
    """How probable each character is each person, under the conflicts.

    By belief propagation: exact where conflicts form no loop, and mostly near it else.

    Args:
        log_odds: as of most_probable.
        conflicts: likewise.

    Returns:
        float [k, p]; what is missing to 1 in a row is the probability of nobody.
    """
    likely = (_normalised(log_odds) > _NEGLIGIBLE).any(axis=0)
    found = np.zeros(log_odds.shape)
    own = log_odds[:, likely]
    found[:, likely] = _normalised(own + _excluded(own, conflicts))
    return found


def _excluded(log_odds: np.ndarray, conflicts: np.ndarray) -> np.ndarray:
    """What the conflicts of each character take from its log odds, float [k, p], at most 0."""
    here, there = np.concatenate([conflicts, conflicts[:, ::-1]]).T.astype(int)
    n = len(conflicts)
    back = np.concatenate([np.arange(n, 2 * n), np.arange(n)])
    messages = np.zeros((len(here), log_odds.shape[1]))  # from there to here
    arrive = coo_array((np.ones(2 * n), (here, np.arange(2 * n))), (len(log_odds), 2 * n)).tocsr()
    total = np.zeros(log_odds.shape)
    for _ in range(_ROUNDS):
        total = arrive @ messages
        without = _normalised(log_odds[there] + total[there] - messages[back])
        wanted = np.log1p(-np.minimum(without, 1 - 1e-12))
        change = wanted - messages
        if np.abs(change).max(initial=0) < _SETTLED:
            break
        messages += _STEP * change
    return total


def _normalised(log_odds: np.ndarray) -> np.ndarray:
    """Probabilities of people, float [k, p], that of nobody being what is missing to 1."""
    most = np.maximum(log_odds.max(axis=1, initial=0.0, keepdims=True), 0.0)
    weights = np.exp(log_odds - most)
    return weights / (weights.sum(axis=1, keepdims=True) + np.exp(-most))
