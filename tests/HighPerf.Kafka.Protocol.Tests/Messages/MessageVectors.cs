using System.IO.Compression;
using System.Text.Json;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>Reads the vectors of tests/vectors; its README says where they come from and what their fields mean.</summary>
internal static class MessageVectors
{
    /// <summary>The folder of the vectors, found upwards from where the tests run.</summary>
    public static string Folder { get; } = FindFolder();

    public static IEnumerable<string> MessageNames() => Directory.EnumerateFiles(Path.Combine(Folder, "messages"), "*.jsonl.gz")
        .Select(static path => Path.GetFileName(path)[..^".jsonl.gz".Length])
        .Order(StringComparer.Ordinal);

    /// <summary>The lines of a file, such as messages/FetchRequest.jsonl.gz.</summary>
    public static IEnumerable<JsonElement> Lines(string file)
    {
        using FileStream stream = File.OpenRead(Path.Combine(Folder, file));
        using GZipStream unzipped = new(stream, CompressionMode.Decompress);
        using StreamReader reader = new(unzipped);
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    private static string FindFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HighPerf.sln")))
            {
                return Path.Combine(folder.FullName, "tests", "vectors");
            }
        }

        throw new DirectoryNotFoundException($"HighPerf.sln is in no folder above {AppContext.BaseDirectory}; tests/vectors is found from there.");
    }
}
