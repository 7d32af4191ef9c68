using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>
/// librdkafka's shared library: the one HPK_LIBRDKAFKA names (test.sh sets it), else the one the set-up built into its cache, else the system's.
/// </summary>
internal static class Librdkafka
{
    private static readonly Lazy<nint> _library = new(Load);

    public static bool IsThere => Handle != 0;

    /// <summary>The loaded library, 0 when there is none.</summary>
    public static nint Handle => _library.Value;

    public static void Require() => PeerPolicy.Require(IsThere, "librdkafka");

    /// <summary>The address of a function of the library.</summary>
    public static nint Function(string name) => NativeLibrary.GetExport(Handle, name);

    private static nint Load()
    {
        foreach (string path in Candidates())
        {
            if (NativeLibrary.TryLoad(path, out nint library))
            {
                return library;
            }
        }

        return 0;
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
        yield return Path.Combine(root, "librdkafka-2.15.1", "librdkafka.so.1");
        yield return "librdkafka.so.1";
    }
}
