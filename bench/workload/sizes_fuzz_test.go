package workload

import "testing"

// FuzzSizes reads sizes from the command line. What is accepted draws sizes within its bounds.
func FuzzSizes(f *testing.F) {
	for _, s := range []string{
		"64", "4KB", "1.5MB", "10-100", "100-10", "lognormal:200:1.5", "lognormal:1:NaN", "lognormal:1KB:1e-9", "lognormal:1:1e-9", "weights:1=0.5,2=0.5", "weights:1=1e308,2=1e308",
		"weights:3=0.1,3=0.1",
		"weights:", "nanKB", "infGB", "-1", "1e400KB", "9223372036854775807", "9223372036854775807B-9223372036854775807B", "0x10", "1_000", " 5 ",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ParseBytes(text); err == nil && n < 0 {
			t.Fatalf("%q is %d bytes", text, n)
		}
		s, err := parseSizes("value", text, Limit)
		if err != nil {
			return
		}
		if s.min < 0 || s.max < s.min || !(s.mean >= float64(s.min) && s.mean <= float64(s.max)) {
			t.Fatalf("%q: from %d to %d, %v on average", text, s.min, s.max, s.mean)
		}
		for u := 0.0; u < 1; u += 1.0 / 64 {
			if n := s.at(u); n < s.min || n > s.max {
				t.Fatalf("%q: %d bytes at %v, from %d to %d are said", text, n, u, s.min, s.max)
			}
		}
	})
}
