module github.com/cachegopher/cachegopher/bench/torture

go 1.26.0

replace github.com/cachegopher/cachegopher => ../..

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0
	github.com/cachegopher/cachegopher v0.0.0
	github.com/cespare/xxhash/v2 v2.3.0
	golang.org/x/crypto v0.58.0
)

require (
	github.com/jedib0t/go-pretty/v6 v6.8.3 // indirect
	github.com/klauspost/compress v1.20.1 // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/ulikunitz/xz v0.5.17 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
)
