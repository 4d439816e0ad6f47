;; The inner loop of the Reed-Solomon code. `node scripts/build-kernel.mjs` assembles it.
;;
;; A product in GF(256) is linear in its factors: c * byte = c * (low nibble) + c * (high nibble, shifted by 4). Each
;; nibble is one of 16, so a table of 16 bytes has all its products with c, and i8x16.swizzle looks up 16 at a time.
;;
;; The tables are written by whoever instantiates the module: at 32 * c the products of c with 0, 1, ... 15, then with
;; 0, 16, ... 240. 256 pages (16 MiB) hold them, a row of coefficients and 255 symbols of 65,535 bytes.
(module
  (memory (export "memory") 2 256)

  ;; Kernel.addProducts of kernel.ts. $length is rounded up to a multiple of 64.
  (func (export "addProducts")
    (param $coefficients i32) (param $count i32) (param $symbols i32) (param $stride i32)
    (param $target i32) (param $length i32)
    (local $coefficients_end i32) (local $target_end i32)
    (local $coefficient i32) (local $symbol i32) (local $table i32)
    (local $nibble v128) (local $low v128) (local $high v128) (local $bytes v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)

    (local.set $nibble (v128.const i64x2 0x0f0f0f0f0f0f0f0f 0x0f0f0f0f0f0f0f0f))
    (local.set $coefficients_end (i32.add (local.get $coefficients) (local.get $count)))
    (local.set $target_end (i32.add (local.get $target) (local.get $length)))

    ;; 64 bytes of the target at a time stay in registers while all symbols are added to them.
    (loop $next_bytes
      (local.set $sum0 (v128.load offset=0 (local.get $target)))
      (local.set $sum1 (v128.load offset=16 (local.get $target)))
      (local.set $sum2 (v128.load offset=32 (local.get $target)))
      (local.set $sum3 (v128.load offset=48 (local.get $target)))

      (local.set $coefficient (local.get $coefficients))
      (local.set $symbol (local.get $symbols))
      (loop $next_symbol
        (local.set $table (i32.shl (i32.load8_u (local.get $coefficient)) (i32.const 5)))
        (local.set $low (v128.load offset=0 (local.get $table)))
        (local.set $high (v128.load offset=16 (local.get $table)))

        (local.set $bytes (v128.load offset=0 (local.get $symbol)))
        (local.set $sum0 (v128.xor (local.get $sum0) (v128.xor
          (i8x16.swizzle (local.get $low)
            (v128.and (local.get $bytes) (local.get $nibble)))
          (i8x16.swizzle (local.get $high)
            (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $nibble))))))

        (local.set $bytes (v128.load offset=16 (local.get $symbol)))
        (local.set $sum1 (v128.xor (local.get $sum1) (v128.xor
          (i8x16.swizzle (local.get $low)
            (v128.and (local.get $bytes) (local.get $nibble)))
          (i8x16.swizzle (local.get $high)
            (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $nibble))))))

        (local.set $bytes (v128.load offset=32 (local.get $symbol)))
        (local.set $sum2 (v128.xor (local.get $sum2) (v128.xor
          (i8x16.swizzle (local.get $low)
            (v128.and (local.get $bytes) (local.get $nibble)))
          (i8x16.swizzle (local.get $high)
            (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $nibble))))))

        (local.set $bytes (v128.load offset=48 (local.get $symbol)))
        (local.set $sum3 (v128.xor (local.get $sum3) (v128.xor
          (i8x16.swizzle (local.get $low)
            (v128.and (local.get $bytes) (local.get $nibble)))
          (i8x16.swizzle (local.get $high)
            (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $nibble))))))

        (local.set $symbol (i32.add (local.get $symbol) (local.get $stride)))
        (local.set $coefficient (i32.add (local.get $coefficient) (i32.const 1)))
        (br_if $next_symbol (i32.lt_u (local.get $coefficient) (local.get $coefficients_end))))

      (v128.store offset=0 (local.get $target) (local.get $sum0))
      (v128.store offset=16 (local.get $target) (local.get $sum1))
      (v128.store offset=32 (local.get $target) (local.get $sum2))
      (v128.store offset=48 (local.get $target) (local.get $sum3))
      (local.set $symbols (i32.add (local.get $symbols) (i32.const 64)))
      (local.set $target (i32.add (local.get $target) (i32.const 64)))
      (br_if $next_bytes (i32.lt_u (local.get $target) (local.get $target_end))))))
