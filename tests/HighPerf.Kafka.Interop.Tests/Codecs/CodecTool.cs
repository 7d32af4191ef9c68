using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.Codecs;

/// <summary>A program of the system that compresses standard input to standard output, with every set of arguments that is to be tried.</summary>
internal sealed record CodecTool(CompressionType Type, string Program, string[] Compress, string Decompress)
{
    public static IReadOnlyList<CodecTool> All { get; } =
    [
        new(CompressionType.Gzip, "gzip", ["-c", "-c -1", "-c -9"], "-d -c"),
        new(CompressionType.Lz4, "lz4", ["-c", "-c -9", "-c -B4 -BD", "-c -B4 -BX --no-frame-crc", "-c -B5 -BD -BX", "-c -B7 --favor-decSpeed -12"], "-d -c"),
    ];

    public void Require() => PeerPolicy.Require(PeerPolicy.FindOnPath(Program) is not null, Program);

    public async Task<byte[]> CompressAsync(string arguments, byte[] input) => await RunAsync(arguments, input);

    public async Task<byte[]> DecompressAsync(byte[] compressed) => await RunAsync(Decompress, compressed);

    private async Task<byte[]> RunAsync(string arguments, byte[] input) =>
        (await Tool.RunAsync(Program, arguments.Split(' '), input)).AssertSucceeded().Output;
}
