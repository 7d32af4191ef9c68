using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>
/// Gives Confluent.Kafka the librdkafka that HPK_LIBRDKAFKA names, else the one that tests/peers/setup.sh built into its cache, else the system's: the
/// package that would bring one is not among ours.
/// </summary>
internal static class NativeLibraryOfConfluent
{
    private const string Version = "2.15.1";

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static void Require()
    {
        if (!TryConnect())
        {
            throw new InvalidOperationException("librdkafka for Confluent.Kafka is missing; tests/peers/setup.sh builds it.");
        }
    }

    /// <summary>False when there is none.</summary>
    private static bool TryConnect()
    {
        foreach (string path in Candidates())
        {
            if (NativeLibrary.TryLoad(path, out nint library))
            {
                NativeLibrary.SetDllImportResolver(
                    typeof(Confluent.Kafka.Library).Assembly, (name, _, _) => name.Contains("librdkafka", StringComparison.Ordinal) ? library : 0);
                return Confluent.Kafka.Library.VersionString == Version;
            }
        }

        return false;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("HPK_LIBRDKAFKA") is { Length: > 0 } named)
        {
            yield return named;
        }

        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string root = Environment.GetEnvironmentVariable("HPK_CACHE") ?? Path.Combine(cache, "highperf-kafka");
        yield return Path.Combine(root, $"librdkafka-{Version}", "librdkafka.so.1");
        yield return "librdkafka.so.1";
    }
}
