using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class PackageTests
{
    private static List<ProjectFile> Projects =>
        [.. Repository.Current.Files.Where(file => file.Name.EndsWith(".csproj", StringComparison.Ordinal)).Select(file => new ProjectFile(file))];

    [Fact]
    public void Every_referenced_package_is_used() =>
        Violation.AssertNone("a project uses the packages it references", PackageRule.Find(Projects, Repository.Current.Files));

    [Fact]
    public void Every_pinned_version_is_needed()
    {
        // What a restore resolved shows the packages that come in by way of others.
        IEnumerable<string> resolved = Projects
            .Select(project => Path.Combine(Repository.Current.Root, project.Folder, "obj", "project.assets.json"))
            .Where(File.Exists).Select(File.ReadAllText);
        List<string> references = [.. Projects.Select(project => project.File.Text), Repository.Current.Find("Directory.Build.props")!.Text, .. resolved];

        Violation.AssertNone(
            "a pinned version belongs to a package in use",
            PackageRule.UnusedVersions(Repository.Current.Find("Directory.Packages.props")!, references));
    }

    [Fact]
    public void A_package_without_use_is_seen()
    {
        SourceFile file = new(
            "src/A/A.csproj",
            "<Project><ItemGroup><PackageReference Include=\"Used.Package\" /><PackageReference Include=\"Idle.Package\" /></ItemGroup></Project>");
        SourceFile code = new("src/A/B.cs", "using Used.Package;");

        Assert.Contains("Idle.Package", Assert.Single(PackageRule.Find([new ProjectFile(file)], [file, code])).Message);
    }

    [Fact]
    public void A_version_without_package_is_seen()
    {
        SourceFile versions = new(
            "Directory.Packages.props", "<PackageVersion Include=\"Used\" Version=\"1\" />\n<PackageVersion Include=\"Idle\" Version=\"1\" />");

        Assert.Equal(2, Assert.Single(PackageRule.UnusedVersions(versions, ["<PackageReference Include=\"Used\" />"])).Line);
    }
}
