package workload

import (
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	w, err := Compile(Spec{Keys: 100, Value: "3", Mix: "command=1", NoFill: true, Commands: []string{`3=SET {key} {value} EX 60`, `EVAL "return {{{number}} .. '{key}'" 0`, "0=NEVER"}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var words Words
	count := map[string]int{}
	s := w.Sequence(0, 1, 0)
	var r Request
	for range 4000 {
		if !s.Next(&r) || r.Kind != Command {
			t.Fatal(r.Kind)
		}
		w.Command(&words, r.Command, r.Key)
		key := string(w.Keys.Append(nil, r.Key))
		count[string(words.List[0])]++
		switch string(words.List[0]) {
		case "SET":
			if _, _, ok := w.Values.Check(r.Key, words.List[2]); len(words.List) != 5 || string(words.List[1]) != key || !ok || len(words.List[2]) != 3 || string(words.List[4]) != "60" {
				t.Fatalf("%q for %s", words.List, key)
			}
		case "EVAL":
			if !strings.HasPrefix(string(words.List[1]), "return {") || !strings.HasSuffix(string(words.List[1]), " .. '"+key+"'") || len(words.List) != 3 {
				t.Fatalf("%q for %s", words.List, key)
			}
		}
	}
	if count["SET"] < 2800 || count["SET"] > 3200 || count["NEVER"] > 0 {
		t.Errorf("%v; three of four are to be SET", count)
	}
	if n := testing.AllocsPerRun(1000, func() { w.Command(&words, 0, 7) }); n > 0 {
		t.Errorf("%v allocations a command", n)
	}
	for text, want := range map[string]string{"": "there is no word", `GET "a`: "a quote is not closed", "GET {kee}": `"{kee}": there are {key}`, "GET {key": "there are {key}", "0=GET": "add up to nothing"} {
		if _, err := Compile(Spec{Commands: []string{text}, Mix: "command=1"}, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := Compile(Spec{Mix: "command=1"}, 1); err == nil || !strings.Contains(err.Error(), "no command is given") {
		t.Error(err)
	}
}
