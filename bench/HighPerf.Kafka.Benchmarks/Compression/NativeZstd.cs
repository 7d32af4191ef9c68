using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Benchmarks.Compression;

/// <summary>The system's libzstd with contexts that are reused, as our codec reuses its own. For comparison only; nothing in src calls native code.</summary>
internal sealed class NativeZstd
{
    private const string Library = "libzstd.so.1";

    private readonly nint _compression = CreateCompression();
    private readonly nint _decompression = CreateDecompression();

    public int Compress(byte[] source, byte[] destination, int level) => (int)Compress(
        _compression, ref destination[0], (nuint)destination.Length, ref source[0], (nuint)source.Length, level);

    public int Decompress(byte[] source, byte[] destination) => (int)Decompress(
        _decompression, ref destination[0], (nuint)destination.Length, ref source[0], (nuint)source.Length);

    [DllImport(Library, EntryPoint = "ZSTD_createCCtx")]
    private static extern nint CreateCompression();

    [DllImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static extern nint CreateDecompression();

    [DllImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    private static extern nuint Compress(nint context, ref byte destination, nuint capacity, ref byte source, nuint length, int level);

    [DllImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    private static extern nuint Decompress(nint context, ref byte destination, nuint capacity, ref byte source, nuint length);
}
