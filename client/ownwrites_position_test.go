package client

import "testing"

// TestPositions reads where nodes of ours and Redis say that they are.
func TestPositions(t *testing.T) {
	const id = "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb"
	for text, want := range map[string]position{
		"# Replication\r\nrole:master\r\nconnected_slaves:1\r\nmaster_replid:" + id + "\r\nmaster_repl_offset:42\r\n":                            {true, id, 42, 0},
		"# Replication\r\nrole:slave\r\nslave_read_repl_offset:9\r\nslave_repl_offset:7\r\nmaster_replid:" + id + "\r\nmaster_repl_offset:8\r\n": {false, id, 7, 0},
		"role:slave\r\nslave_repl_offset:-1\r\nmaster_replid:" + id + "\r\n":                                                                     {},
		"role:slave\r\nslave_repl_offset:7\r\nmaster_replid:" + id + "\r\nepoch:12595081\r\n":                                                    {false, id, 7, 12595081},
		"": {},
	} {
		if got := readPosition(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
	array := func(values ...Value) Value { return Value{Type: '*', Array: values} }
	role, history := Value{Type: '$', Bytes: []byte("slave")}, Value{Type: '$', Bytes: []byte(id)}
	for want, v := range map[position]Value{
		{false, id, 7, 0}: array(role, history, Value{Type: ':', Int: 7}),
		{}:                array(role, history),
	} {
		if got := positionOf(v); got != want {
			t.Errorf("%v: %+v, want %+v", v, got, want)
		}
	}
	if got := positionOf(array(role, history, Value{Type: ':', Int: -1})); got != (position{}) {
		t.Errorf("an offset below 0: %+v", got)
	}
}
