package wire

import (
	"strings"
	"testing"
)

// The benchmarks decode pipelined requests; an operation is a request.

func BenchmarkLine(b *testing.B) {
	for name, in := range map[string]string{"GET": "GET key:000000000042\n", "SET": "SET key:000000000042 " + strings.Repeat("v", 32) + "\n"} {
		b.Run(name, func(b *testing.B) {
			buf := []byte(strings.Repeat(in, 32))
			args := make([]Span, 0, 8)
			var d Line
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for at := 0; b.Loop(); {
				line, n, st := d.Next(buf, at)
				if st != OK {
					b.Fatal(st)
				}
				args = Fields(line.Of(buf), line.Off, 3, args[:0])
				if at += n; at == len(buf) {
					at = 0
				}
			}
		})
	}
}

func BenchmarkRESP(b *testing.B) {
	for name, in := range map[string]string{"GET": request("GET", "key:000000000042"), "SET": request("SET", "key:000000000042", strings.Repeat("v", 32))} {
		b.Run(name, func(b *testing.B) {
			buf := []byte(strings.Repeat(in, 32))
			args := make([]Span, 0, 8)
			var d RESP
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for at := 0; b.Loop(); {
				var n int
				var st Status
				if args, n, st, _ = d.Next(buf, at, args[:0]); st != OK {
					b.Fatal(st)
				}
				if at += n; at == len(buf) {
					at = 0
				}
			}
		})
	}
}

func BenchmarkName(b *testing.B) {
	name := []byte("GET")
	for b.Loop() {
		if _, ok := FoldName(name); !ok {
			b.Fatal("too long")
		}
	}
}
