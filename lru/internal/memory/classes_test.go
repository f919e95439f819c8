package memory

import "testing"

// TestClasses checks for every size of page that each entry has a class, that
// none wastes much, and that a set of classes fits one word.
func TestClasses(t *testing.T) {
	for shift := uint(MinPageShift); shift <= MaxPageShift; shift++ {
		page := uint32(1) << shift
		table := NewClasses(shift)
		if n := len(table.sizes) + 2; n > maxClasses {
			t.Errorf("pages of %d bytes have %d classes, the most is %d", page, n, maxClasses)
		}
		// The longest first part of a chained entry: header, expiry, link, data.
		longest := HeadSize + 8 + 4 + int(page/8) - chunkHead - 1
		for n := 1; n <= longest; n++ {
			size := int(table.sizes[table.of(n)])
			if size < n {
				t.Fatalf("%d bytes are put in a slot of %d", n, size)
			}
			if n > 128 && n <= int(page/8) && float64(size-n)/float64(size) > .2 {
				t.Errorf("%d bytes waste %d of a slot", n, size-n)
			}
			if size%unit != 0 || size > int(page) {
				t.Errorf("a slot has %d bytes", size)
			}
		}
	}
}
