//go:build !race

#include "textflag.h"

// func prefetchLock(s *Shard)
TEXT ·prefetchLock(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), AX
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08 // PREFETCHW (AX), which the assembler does not know
	RET
