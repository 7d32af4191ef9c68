using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests;

/// <summary>The tool as a native program: what the analysers promise is tried once in earnest.</summary>
public sealed class NativeAotTests
{
    private static readonly string[] RestoreErrors = ["NU1101", "NU1102", "NU1301"];

    [SkippableFact]
    public async Task The_tool_published_natively_runs()
    {
        string root = FindRoot();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hpk-aot-");
        try
        {
            // Objects and output apart from the tree's, so that nothing another build uses is touched.
            ToolResult publish = await Tool.RunAsync(
                "dotnet",
                ["publish", Path.Combine(root, "src", "HighPerf.Kafka.Cli", "HighPerf.Kafka.Cli.csproj"), "-c", "Release", "--nologo", "-v", "q",
                 "--use-current-runtime", "-p:HpkNativeAot=true", $"-p:ArtifactsPath={Path.Combine(folder.FullName, "artifacts")}",
                 "-o", Path.Combine(folder.FullName, "out"), "-nodeReuse:false", "-p:UseSharedCompilation=false"],
                patience: TimeSpan.FromMinutes(10));
            if (publish.ExitCode != 0)
            {
                string? reason = $"{publish.Text}\n{publish.Error}".Split('\n').FirstOrDefault(IsUnavailable);
                Skip.If(reason is not null, $"native AOT is not to be had here: {reason?.Trim()}");
                publish.AssertSucceeded();
            }

            ToolResult help = await Tool.RunAsync(Path.Combine(folder.FullName, "out", "hpk"), ["--help"]);
            Assert.Contains("produce", help.AssertSucceeded().Text);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The compiler or its runtime pack is on no feed, or the machine has no linker. Anything else is a failure of ours.</summary>
    private static bool IsUnavailable(string line) =>
        line.Contains("Platform linker", StringComparison.Ordinal) || line.Contains("NETSDK1204", StringComparison.Ordinal)
        || (RestoreErrors.Any(code => line.Contains(code, StringComparison.Ordinal))
            && (line.Contains("NativeAOT", StringComparison.Ordinal) || line.Contains("ILCompiler", StringComparison.Ordinal)
                || line.Contains("NU1301", StringComparison.Ordinal)));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "HighPerf.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds HighPerf.sln.");
    }
}
