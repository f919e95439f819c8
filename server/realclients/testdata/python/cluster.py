"""A cluster client in Python that obeys its standard input; testdata/node/cluster.js describes requests and replies.
Arguments: the client's name, and the port of a node. Clients have their default settings."""
import json
import sys

from redis.cluster import RedisCluster

name, port = sys.argv[1], int(sys.argv[2])
options = {"redis-py": {}, "redis-py, reads of replicas": {"read_from_replicas": True}}[name]
client = RedisCluster(host="127.0.0.1", port=port, decode_responses=True, **options)


def perform(op, keys):
    """Repairs what redis-py fails itself: after MOVED it knows one member of the slot's group and may ask for its third one,
    whatever the server. A pipeline can fail so again and again, a single command only once."""
    try:
        return once(op, keys)
    except IndexError:
        return [value for key in keys for value in single(op, key)]


def single(op, key):
    try:
        return once(op, [key])
    except IndexError:
        return once(op, [key])


def once(op, keys):
    if len(keys) == 1:  # single commands follow redirections by rules of their own
        result = client.get(keys[0]) if op == "get" else client.set(keys[0], keys[0])
        return [result]
    with client.pipeline() as pipeline:
        for key in keys:
            if op == "get":
                pipeline.get(key)
            else:
                pipeline.set(key, key)
        return pipeline.execute()


for line in sys.stdin:
    request = json.loads(line)
    try:
        values = perform(request["op"], request["keys"])
        reply = {"values": values if request["op"] == "get" else []}
    except Exception as err:
        reply = {"error": repr(err)}
    print(json.dumps(reply), flush=True)
