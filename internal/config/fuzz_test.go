package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzParse parses arbitrary input as a config. What is accepted is JSON, and printed in full it means the same.
// What it refuses it refuses with one line each, on a line that the file has.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(err, files)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, w := range wrong {
		f.Add([]byte(w.data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("c.json", data)
		if err != nil {
			checkErrors(t, err, 1+bytes.Count(data, []byte("\n")))
			return
		}
		var b bytes.Buffer
		if err := file.WriteEffective(&b); err != nil {
			t.Fatal(err)
		}
		back, err := Parse("c.json", b.Bytes())
		if err != nil {
			t.Fatalf("%v in\n%s", err, b.Bytes())
		}
		if file.lines, back.lines = nil, nil; !reflect.DeepEqual(file, back) {
			t.Fatalf("wrote %+v\nread %+v", file, back)
		}
	})
}

func checkErrors(t *testing.T, err error, lines int) {
	var all Errors
	if !errors.As(err, &all) || len(all) == 0 {
		t.Fatalf("got %v, want Errors", err)
	}
	for _, e := range all {
		if e.Line < 1 || e.Line > lines || e.What == "" || strings.ContainsAny(e.Error(), "\n\r\x00") {
			t.Fatalf("got %+v for a file of %d lines", e, lines)
		}
	}
}

// FuzzJSON compares the reader with encoding/json: both take the same texts, for the same values.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a": [1, -2.5e3, true, false, null, "x\u00e9\n"], "b": {}}`, `[[], {"": ""}]`, `"\ud83d\ude00"`, "1 ", "truex", `{"a" 1}`, "[1,]", "-", "\"\x01\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, fault := parse(data)
		if fault != nil && strings.HasPrefix(fault.What, "nested") {
			return
		}
		data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
		if (fault == nil) != json.Valid(data) {
			t.Fatalf("got %v where encoding/json says %v", fault, json.Valid(data))
		}
		if fault != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := plain(v); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
	})
}

// plain is v as encoding/json decodes it.
func plain(v *value) any {
	switch v.kind {
	case object:
		all := map[string]any{}
		for _, m := range v.members {
			all[m.name] = plain(m.value)
		}
		return all
	case array:
		all := []any{}
		for _, e := range v.elems {
			all = append(all, plain(e))
		}
		return all
	case str:
		return v.text
	case number:
		return json.Number(v.text)
	case boolean:
		return v.text == "true"
	}
	return nil
}
