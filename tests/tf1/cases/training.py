"""``contrib.training``."""

from __future__ import annotations


def _parameters(contrib):
    return contrib.training.HParams(
        lr=0.1, n=3, s="abc", b=True, l=[1, 2], f=[0.1, 0.2], ss=["a", "b"], none=None
    )


def case_hparams(tf, contrib):
    parameters = _parameters(contrib)
    found = [
        repr(parameters),
        str(parameters),
        parameters.values(),
        parameters.to_json(),
        parameters.to_json(indent=1, separators=(",", ":"), sort_keys=True),
        [parameters.lr, parameters.l, "lr" in parameters, "zz" in parameters],
        [parameters.get("lr"), parameters.get("zz"), parameters.get("zz", 3)],
        [parameters.get("lr", 5.0), parameters.get("l", [3])],
    ]
    parameters.lr = 7
    found.append([parameters.lr, parameters.values()["lr"]])
    parameters.add_hparam("new", 1)
    parameters.del_hparam("n")
    parameters.del_hparam("n")
    parameters.set_model_structure("x")
    found.append([parameters.get_model_structure(), parameters.values(), hasattr(parameters, "n")])
    found.append(parameters.override_from_dict({"lr": 3, "l": [9]}).values())
    found.append(parameters.parse_json('{"new": 8, "none": 2}').values())
    for name, value in (
        ("lr", 2), ("new", 2.5), ("new", "5"), ("l", 3), ("new", [3]), ("zz", 1), ("b", 1),
        ("s", 1), ("new", True), ("lr", None), ("l", [2.5]), ("ss", ["q"]), ("lr", "a"),
    ):  # fmt: skip
        found.append([_error(lambda n=name, v=value: parameters.set_hparam(n, v)), name])
    found += [
        parameters.values(),
        _error(lambda: parameters.add_hparam("lr", 1)),
        _error(lambda: parameters.add_hparam("values", 1)),
        _error(lambda: parameters.get("lr", "a")),
        _error(lambda: parameters.get("l", 3)),
        _error(lambda: parameters.override_from_dict({"zz": 3})),
        _error(lambda: contrib.training.HParams(empty=[])),
    ]
    return found


def case_hparams_parse(tf, contrib):
    texts = (
        "lr=1", "lr=1e-3", "n=2.5", "n=2.0", "s=x y", "s=", "b=0", "b=True", "b=false", "b=yes",
        "l=[3,4,5]", "l=7", "l[1]=9", "f=[1,2]", "ss=[x,y]", "nope=1", "lr=.1,n=4", "lr=.1 , n=5",
        "s=a=b", "l=[]", "n=[1]", "n=", "lr", "lr=abc", "n=True", "none=3", "s=[a]", 's="q"',
        "ss=[a b,c]", "n=-4", "lr=-1e3", "n=4,n=5", "",
    )  # fmt: skip
    return [[text, _error(lambda t=text: _parameters(contrib).parse(t).values())] for text in texts]


def case_parse_values(tf, contrib):
    kinds = {"a": int, "b": int, "c": str, "d": bool, "e": float, "f.g": int}
    texts = (
        "a=1,b=2", "a=1,", ",a=1", "", " a = 1 ", "c=1 b=2", "a[1]=[1,2]", "f.g=1", "a=[1, 2,3 ]",
        "c=[x,[y]]", "d=true", "d=TRUE", "d=2", "d=[true,0]", "a=[1,2],b=3", "c=x]", "1a=2",
        "a[x]=2", "c=[,]", "c=[1,,2]", "e=1e400", "a=1.0", "c=b c,a=1", "c=x,y=2", "c=x,,b=2",
        "a[1]=2,a[3]=4", "a[0]=1,a[0]=2", "a=1,a[0]=2", "a[0]=1,a=2", "a [ 2 ] = 7",
    )  # fmt: skip
    found = [[t, _error(lambda t=t: contrib.training.parse_values(t, kinds))] for t in texts]
    found.append(contrib.training.parse_values("zz=1,a=2", kinds, ignore_unknown=True))
    return found


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
