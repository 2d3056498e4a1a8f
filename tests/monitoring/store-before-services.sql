BEGIN TRANSACTION;
CREATE TABLE changes (
	number INTEGER NOT NULL,
	watch INTEGER NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	at_ms BIGINT NOT NULL,
	state TEXT NOT NULL,
	cause TEXT NOT NULL,
	PRIMARY KEY (number),
	FOREIGN KEY(watch) REFERENCES watches (number)
);
INSERT INTO "changes" VALUES(1,1,'device','core-1',1795424400000,'up','');
INSERT INTO "changes" VALUES(2,1,'institution','mof',1795424400000,'up','');
INSERT INTO "changes" VALUES(3,1,'institution','mof',1795424402000,'down','institution mof down');
INSERT INTO "changes" VALUES(4,1,'institution','mof',1795424404000,'up','');
CREATE TABLE last_readings (
	device TEXT NOT NULL,
	reading TEXT NOT NULL,
	PRIMARY KEY (device)
);
INSERT INTO "last_readings" VALUES('core-1','{"device":"core-1","at":"2026-11-23T09:00:04Z","reachable":true,"round_trip_ms":0.5,"answered":true,"problem":"","system":null,"interfaces":[],"lldp":[],"ospf":[],"bgp":[]}');
CREATE TABLE maintenance (
	number INTEGER NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	start_ms BIGINT NOT NULL,
	end_ms BIGINT NOT NULL,
	reason TEXT NOT NULL,
	person TEXT NOT NULL,
	recorded_ms BIGINT NOT NULL,
	PRIMARY KEY (number)
);
CREATE TABLE runs (
	number INTEGER NOT NULL,
	started_ms BIGINT NOT NULL,
	ended_ms BIGINT,
	PRIMARY KEY (number)
);
INSERT INTO "runs" VALUES(1,1795424400000,1795424404000);
CREATE TABLE watches (
	number INTEGER NOT NULL,
	run INTEGER NOT NULL,
	start_ms BIGINT NOT NULL,
	end_ms BIGINT NOT NULL,
	rounds INTEGER NOT NULL,
	readings INTEGER NOT NULL,
	answered INTEGER NOT NULL,
	probes INTEGER NOT NULL,
	probes_answered INTEGER NOT NULL,
	PRIMARY KEY (number),
	FOREIGN KEY(run) REFERENCES runs (number)
);
INSERT INTO "watches" VALUES(1,1,1795424400000,1795424404000,3,3,3,3,2);
CREATE INDEX ix_changes_watch ON changes (watch);
COMMIT;
