package result

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// JSONSchema describes the JSON form of a Report in JSON Schema, draft 2020-12. Within a version (Schema) fields are only
// added, so readers must ignore those that they do not know; if one is removed or means something else, the version rises.
func JSONSchema() ([]byte, error) {
	defs := map[string]any{}
	root := schemaOf(reflect.TypeFor[Report](), defs)
	defs["Report"].(map[string]any)["properties"].(map[string]any)["schema"] = map[string]any{"const": Schema}
	out := map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         fmt.Sprintf("https://github.com/cachegopher/cachegopher/bench/result/%d", Schema),
		"title":       "A report of cachegopher-bench",
		"description": "Times are nanoseconds, sizes bytes, rates a second, unless a name says otherwise. Fields may be added; a reader ignores those that it does not know.",
		"$defs":       defs,
	}
	for k, v := range root {
		out[k] = v
	}
	return json.MarshalIndent(out, "", "  ")
}

// schemaOf describes a type; structs are described in defs.
func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[[]byte]():
		return map[string]any{"type": "string", "contentEncoding": "base64"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), defs)
	case reflect.Struct:
		name := t.Name()
		if defs[name] == nil {
			defs[name] = map[string]any{} // it may contain itself
			defs[name] = structSchema(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), defs)}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

// structSchema describes the fields of a struct; those without omitempty or omitzero are always there.
func structSchema(t reflect.Type, defs map[string]any) map[string]any {
	properties, required := map[string]any{}, []string{}
	for f := range fields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		properties[name] = schemaOf(f.Type, defs)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

// fields are the exported fields of a struct, with those of embedded structs.
func fields(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() && !(f.Anonymous && f.Tag.Get("json") == "") && !yield(f) {
				return
			}
		}
	}
}
