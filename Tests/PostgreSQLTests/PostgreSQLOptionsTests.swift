import Testing

@testable import PostgreSQL

@Suite("A database’s address")
struct PostgreSQLOptionsTests {
    @Test(
        "is a URL or libpq’s own form",
        arguments: [
            "postgres://ada:s3cret@db.example.com:5432/shop?sslmode=require", "postgresql://db/shop",
            "host=/run/postgresql dbname=shop user=ada password=s3cret", "postgres://one:1,two:2/shop",
        ]
    )
    func reads(address: String) throws {
        #expect(try PostgreSQLOptions(address).parameters.contains { $0 == ("dbname", address) })
    }

    @Test(
        "is refused without being repeated",
        arguments: [
            "postgres//ada:s3cret@db/shop", "postgres://ada:s3cret@db/shop?colour=red",
            "postgres://ada:pa/s3cret@db/shop",
            "host=db s3cret", "postgres://ada:s3cret%00@db/shop",
        ]
    )
    func refuses(address: String) {
        #expect { try PostgreSQLOptions(address) } throws: { error in
            (error as? PostgreSQLError)?.kind == .address && !"\(error)".contains("s3cret")
        }
    }

    @Test("masks its password in whatever is said")
    func masks() throws {
        let options = try PostgreSQLOptions("postgres://ada:s3%2Fcret@db/shop")
        #expect(options.masked("no s3/cret here") == "no ••• here")
        #expect(try PostgreSQLOptions("postgres://db/shop").masked("all of it") == "all of it")
    }
}

@Suite("A refused connection")
struct ConnectionRefusalTests {
    @Test("says the server’s SQLSTATE and reason")
    func state() {
        let refusal = ConnectionRefusal(
            """
            connection to server at "127.0.0.1", port 5432 failed: FATAL:  28P01: password authentication failed for user "ada"
            LOCATION:  auth_failed, auth.c:335

            """
        )
        #expect(refusal.state == "28P01")
        #expect(refusal.message == "password authentication failed for user \"ada\"")
    }

    @Test("without an answer says what there is")
    func silence() {
        let refusal = ConnectionRefusal(
            """
            connection to server at "127.0.0.1", port 1 failed: Connection refused
            \tIs the server running on that host and accepting TCP/IP connections?
            """
        )
        #expect(refusal.state == nil)
        #expect(refusal.message == "connection to server at \"127.0.0.1\", port 1 failed: Connection refused")
        #expect(ConnectionRefusal("").message == "The server gave no reason.")
    }
}
