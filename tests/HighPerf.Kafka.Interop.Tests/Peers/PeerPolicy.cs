namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>
/// What a test does when a peer is missing: it is skipped and says which one, or it fails where HPK_REQUIRE_PEERS=1 says that all must be there.
/// </summary>
internal static class PeerPolicy
{
    public static void Require(bool isThere, string peer)
    {
        if (isThere)
        {
            return;
        }

        string reason = $"{peer} is missing; ./test.sh installs it where it is allowed to";
        if (Environment.GetEnvironmentVariable("HPK_REQUIRE_PEERS") == "1")
        {
            Assert.Fail(reason);
        }

        Skip.If(true, reason);
    }

    /// <summary>The first file called <paramref name="name"/> on the PATH, or null.</summary>
    public static string? FindOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
