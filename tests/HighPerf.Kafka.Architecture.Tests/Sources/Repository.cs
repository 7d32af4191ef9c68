using System.Text;

namespace HighPerf.Kafka.Architecture.Tests.Sources;

/// <summary>The files of the repository as they lie on disk, without what builds and tests leave behind.</summary>
internal sealed class Repository
{
    private static readonly string[] LeftBehind =
        [".git", ".cache", ".vs", ".idea", "bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    private Repository(string root, IReadOnlyList<SourceFile> files)
    {
        Root = root;
        Files = files;
    }

    /// <summary>The repository this test was built from, read once.</summary>
    public static Repository Current { get; } = Read(FindRoot());

    public string Root { get; }

    public IReadOnlyList<SourceFile> Files { get; }

    public IEnumerable<SourceFile> CSharp => Files.Where(file => file.IsCSharp);

    public IEnumerable<SourceFile> Under(string folder) => Files.Where(file => file.Path.StartsWith(folder + "/", StringComparison.Ordinal));

    public SourceFile? Find(string path) => Files.FirstOrDefault(file => file.Path == path);

    private static Repository Read(string root)
    {
        List<SourceFile> files = [];
        Collect(new DirectoryInfo(root), "", files);
        return new Repository(root, files);
    }

    private static void Collect(DirectoryInfo folder, string prefix, List<SourceFile> files)
    {
        foreach (FileInfo file in folder.GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            // A worktree has a file called .git where a clone has a folder.
            if (!LeftBehind.Contains(file.Name))
            {
                byte[] bytes = File.ReadAllBytes(file.FullName);
                string text = bytes.Contains((byte)0) ? "" : Encoding.UTF8.GetString(bytes);
                files.Add(new SourceFile(prefix + file.Name, text, bytes.Length));
            }
        }

        foreach (DirectoryInfo inner in folder.GetDirectories().OrderBy(inner => inner.Name, StringComparer.Ordinal))
        {
            if (!LeftBehind.Contains(inner.Name))
            {
                Collect(inner, prefix + inner.Name + "/", files);
            }
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "HighPerf.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds HighPerf.sln.");
    }
}
