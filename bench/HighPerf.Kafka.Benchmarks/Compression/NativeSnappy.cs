using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Benchmarks.Compression;

/// <summary>The system's libsnappy, for comparison only. It knows raw blocks and no framing.</summary>
internal sealed partial class NativeSnappy
{
    private const string Library = "libsnappy.so.1";

    public NativeSnappy()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            throw new InvalidOperationException($"{Library} is missing, so there is nothing to compare with: apt-get install libsnappy1v5");
        }
    }

    public int Compress(byte[] input, byte[] output)
    {
        nuint length = (nuint)output.Length;
        Check(CompressRaw(input, (nuint)input.Length, output, ref length));
        return (int)length;
    }

    public int Decompress(ReadOnlySpan<byte> input, byte[] output)
    {
        nuint length = (nuint)output.Length;
        Check(DecompressRaw(input, (nuint)input.Length, output, ref length));
        return (int)length;
    }

    private static void Check(int status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException($"{Library} refused: {status}");
        }
    }

    [LibraryImport(Library, EntryPoint = "snappy_compress")]
    private static partial int CompressRaw(ReadOnlySpan<byte> input, nuint inputLength, Span<byte> output, ref nuint outputLength);

    [LibraryImport(Library, EntryPoint = "snappy_uncompress")]
    private static partial int DecompressRaw(ReadOnlySpan<byte> input, nuint inputLength, Span<byte> output, ref nuint outputLength);
}
