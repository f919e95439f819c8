package cli

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/cachegopher/cachegopher/client"
)

// jsonValue is v for package json: text that is no UTF-8 is {"base64": "..."}.
func jsonValue(v client.Value) any {
	switch v.Type {
	case '_':
		return nil
	case ':':
		return v.Int
	case '#':
		return v.Int == 1
	case ',':
		return v.Float
	case '-':
		return map[string]any{"error": string(v.Bytes)}
	case '*', '~', '>':
		all := make([]any, len(v.Array))
		for i, e := range v.Array {
			all[i] = jsonValue(e)
		}
		return all
	case '%':
		m := map[string]any{}
		for i := 0; i+1 < len(v.Array); i += 2 {
			m[v.Array[i].Text()] = jsonValue(v.Array[i+1])
		}
		return m
	}
	return jsonText(string(v.Bytes))
}

func jsonText(text string) any {
	if utf8.ValidString(text) {
		return text
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(text))}
}
