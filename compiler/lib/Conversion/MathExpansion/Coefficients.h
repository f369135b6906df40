// Coefficients of the expansions, lowest power first: Chebyshev interpolation at 50 digits, then rounded.
#ifndef TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_COEFFICIENTS_H
#define TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_COEFFICIENTS_H

namespace tilewright::math::coefficients {

/// log(1 + f) = f + f^2 P(f) for |f| <= 1/3.
inline constexpr float logF32[] = {-0x1.0000000000000p-1f, 0x1.5555560000000p-2f,  -0x1.ffff2c0000000p-3f,
                                   0x1.9998d40000000p-3f,  -0x1.55909e0000000p-3f, 0x1.24c9260000000p-3f,
                                   -0x1.f4963e0000000p-4f, 0x1.bc8cf80000000p-4f,  -0x1.04a2680000000p-3f,
                                   0x1.dba2600000000p-4f};

/// tanh(x) = x + x s P(s) with s = x^2 <= 0.55^2.
inline constexpr float tanhF32[] = {-0x1.5555540000000p-2f, 0x1.110fea0000000p-3f, -0x1.b9a0440000000p-5f,
                                    0x1.5d220e0000000p-6f, -0x1.b135380000000p-8f};

/// erf(x) = x (2/sqrt(pi) + s P(s)) with s = x^2 <= 1.
inline constexpr float erfF32[] = {-0x1.8127460000000p-2f,  0x1.ce2f220000000p-4f,   -0x1.b82cd80000000p-6f,
                                   0x1.565a860000000p-8f,   -0x1.c005160000000p-11f, 0x1.f6e0020000000p-14f,
                                   -0x1.d9c5280000000p-17f, 0x1.2acbbe0000000p-20f};

/// log2(1 - erf(t)) = P(t) for 1 <= t <= 4.
inline constexpr float erfcLog2F32[] = {0x1.e44c060000000p-12f, -0x1.a16dd60000000p+0f,  -0x1.d2b45c0000000p-1f,
                                        -0x1.453f380000000p-3f, 0x1.38427e0000000p-5f,   -0x1.c203340000000p-8f,
                                        0x1.c36a9c0000000p-11f, -0x1.16b3b00000000p-14f, 0x1.3d029e0000000p-19f};

/// exp(r) = 1 + r + r^2 P(r) for |r| <= log(2)/2.
inline constexpr double expF64[] = {0x1.0000000000000p-1,  0x1.5555555555555p-3,  0x1.5555555555557p-5,
                                    0x1.1111111111111p-7,  0x1.6c16c16c15a6cp-10, 0x1.a01a01a0196aep-13,
                                    0x1.a01a01a9e80fep-16, 0x1.71de3a5aa6edbp-19, 0x1.27e4d41d6f553p-22,
                                    0x1.ae642c8730352p-26, 0x1.1f7f2000f4cf3p-29, 0x1.61bfa22dd3437p-33};

/// log((1 + s)/(1 - s)) / s = 2 + z P(z) with z = s^2 <= 0.0295.
inline constexpr double logF64[] = {0x1.5555555555555p-1, 0x1.9999999999a3ap-2, 0x1.249249247670ap-2,
                                    0x1.c71c7201fc0e6p-3, 0x1.745cf8c09a9d4p-3, 0x1.3b1c43c68eb6dp-3,
                                    0x1.0fbd140544b63p-3, 0x1.0c135adcf3011p-3};

/// tanh(x) = x + x s P(s) with s = x^2 <= 0.55^2.
inline constexpr double tanhF64[] = {-0x1.5555555555555p-2,  0x1.1111111111109p-3,   -0x1.ba1ba1ba1a732p-5,
                                     0x1.664f48822e9a5p-6,   -0x1.226e3539b9272p-7,  0x1.d6d3c60009e9cp-9,
                                     -0x1.7da25da5066b5p-10, 0x1.3547bfaa42508p-11,  -0x1.f41d11ba745a0p-13,
                                     0x1.8c93b7d5aba25p-14,  -0x1.1adede7706052p-15, 0x1.08378067f032ap-17};

/// erf(x) = x (2/sqrt(pi) + s P(s)) with s = x^2 <= 1.
inline constexpr double erfF64[] = {-0x1.812746b0379e7p-2,  0x1.ce2f21a042be2p-4,   -0x1.b82ce31288b51p-6,
                                    0x1.565bcd0e6a53dp-8,   -0x1.c02db40040a69p-11, 0x1.f9a326f9b36c8p-14,
                                    -0x1.f4d25c3d100bfp-17, 0x1.b9e6c9bb863f1p-20,  -0x1.5f742bbc76a3fp-23,
                                    0x1.fcc50b31dd2a7p-27,  -0x1.51d22be7806b2p-30, 0x1.9e1449da0ae6cp-34,
                                    -0x1.d4191d868eb37p-38, 0x1.d3e88f2272e8fp-42,  -0x1.440e04110e0a5p-46};

/// (1 - erf(t)) exp(t^2) = P(s) with s = (t - 2)/(t + 2) for 1 <= t <= 6.
inline constexpr double erfcScaledF64[] = {0x1.058671b52c776p-2,   -0x1.b57034efd3f72p-2,  0x1.eeea7dc8a78b3p-3,
                                           -0x1.437f0b68c0c20p-4,  0x1.e9471597a0925p-9,   0x1.ca95ed53442dcp-8,
                                           -0x1.bc25a47f8b415p-11, -0x1.016b5ceaf1a98p-10, 0x1.6d5f044223268p-15,
                                           0x1.6da978ff8bcfap-13,  0x1.cdca5d813a801p-16,  -0x1.ceb8f57d01d82p-16,
                                           -0x1.d477d1504625ap-17, 0x1.76079ecb3a1f3p-20,  0x1.f73758550713ep-19,
                                           0x1.40e96289ce025p-20,  -0x1.b9d050540568fp-22, -0x1.1427f7c358348p-21,
                                           -0x1.24c5e7ac70a0ap-23, 0x1.9cc5fdff14adap-24,  0x1.d9806a08fbe77p-25};

} // namespace tilewright::math::coefficients

#endif // TILEWRIGHT_LIB_CONVERSION_MATHEXPANSION_COEFFICIENTS_H
