using System.IO.Compression;
using System.Text.Json;

namespace HighPerf.Kafka.Protocol.Tests.Buffers;

/// <summary>Reads the JSON lines under tests/vectors.</summary>
internal static class Vectors
{
    public static IEnumerable<JsonElement> Read(string name)
    {
        using FileStream file = File.OpenRead(Path.Combine(Root(), name));
        using GZipStream plain = new(file, CompressionMode.Decompress);
        using StreamReader lines = new(plain);
        while (lines.ReadLine() is { } line)
        {
            yield return JsonDocument.Parse(line).RootElement;
        }
    }

    public static byte[] Hex(JsonElement element) => Convert.FromHexString(element.GetString()!);

    private static string Root()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string candidate = Path.Combine(directory.FullName, "tests", "vectors");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"There is no tests/vectors above {AppContext.BaseDirectory}.");
    }
}
